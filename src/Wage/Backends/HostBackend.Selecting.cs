using System.Numerics;
using System.Runtime.Intrinsics;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Comparisons: the derivative of a clip, and maxima.</content>
public sealed unsafe partial class HostBackend
{
    /// <inheritdoc/>
    public void MaxAbs(Tensor x, Tensor? gate, int gateBits, Tensor maximum)
    {
        if (gate is not null)
        {
            Require(gate, x.Length);
            if (x is HostTensor<int> sums) Host(maximum)[0] = MaxAbs(sums, (HostTensor<byte>)gate, gateBits);
            else definition.MaxAbs(x, gate, gateBits, maximum);
            return;
        }

        Host(maximum)[0] = x switch
        {
            HostTensor<sbyte> source => MaxAbs(source),
            HostTensor<short> source => MaxAbs(source),
            HostTensor<int> source => MaxAbs(source),
            HostTensor<long> source => MaxAbs(source),
            _ => throw new ArgumentException($"maxima are taken of signed elements, not {x.Type}", nameof(x)),
        };
    }

    /// <summary>From the greatest and the least, because |x| of the least value of a type does not fit it.</summary>
    private long MaxAbs<T>(HostTensor<T> x)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var most = 0L;
        Ranges(x.Length, (x, guard: maximum, most: (nint)(&most)), static (in s, start, n) =>
        {
            var source = s.x.Pointer + start;
            var i = 0;
            Vector256<T> greatest = default, least = default;
            for (; i + Vector256<T>.Count <= n; i += Vector256<T>.Count)
            {
                var value = Vector256.Load(source + i);
                greatest = Vector256.Max(greatest, value);
                least = Vector256.Min(least, value);
            }

            var (high, low) = (T.Zero, T.Zero);
            for (var lane = 0; lane < Vector256<T>.Count; lane++) (high, low) = (T.Max(high, greatest[lane]), T.Min(low, least[lane]));
            for (; i < n; i++) (high, low) = (T.Max(high, source[i]), T.Min(low, source[i]));
            var magnitude = Math.Max(long.CreateTruncating(high), Wrapping.Absolute(long.CreateTruncating(low)));
            lock (s.guard) *(long*)s.most = Math.Max(*(long*)s.most, magnitude);
        });
        return most;
    }

    private long MaxAbs(HostTensor<int> x, HostTensor<byte> gate, int gateBits)
    {
        var most = 0L;
        Ranges(x.Length, (sums: x, passes: gate, gateBits, most: (nint)(&most)), static (in s, start, n) =>
        {
            var source = s.sums.Pointer + start;
            var bits = s.passes.Pointer + start;
            var clip = Vector256.Create(s.gateBits);
            Vector256<int> greatest = default, least = default;
            var i = 0;
            for (; i + Lanes.Count <= n; i += Lanes.Count)
            {
                var (lowBits, highBits) = Lanes.Load((sbyte*)bits + i);
                var low = Vector256.Load(source + i) & Vector256.Equals(lowBits & clip, clip);
                var high = Vector256.Load(source + i + 8) & Vector256.Equals(highBits & clip, clip);
                greatest = Vector256.Max(greatest, Vector256.Max(low, high));
                least = Vector256.Min(least, Vector256.Min(low, high));
            }

            var magnitude = 0L;
            for (var lane = 0; lane < 8; lane++) magnitude = Math.Max(magnitude, Math.Max((long)greatest[lane], -(long)least[lane]));
            for (; i < n; i++)
                if ((bits[i] & s.gateBits) == s.gateBits) magnitude = Math.Max(magnitude, Math.Abs((long)source[i]));
            lock (s.sums) *(long*)s.most = Math.Max(*(long*)s.most, magnitude);
        });
        return most;
    }

    /// <inheritdoc/>
    public void ClearOutside(Tensor x, long low, long high, Tensor e)
    {
        Require(x, e.Length);
        switch (x)
        {
            case HostTensor<sbyte> value: ClearBy(value, low, high, e); break;
            case HostTensor<short> value: ClearBy(value, low, high, e); break;
            case HostTensor<int> value: ClearBy(value, low, high, e); break;
            case HostTensor<long> value: ClearBy(value, low, high, e); break;
            default: throw new ArgumentException($"clips compare signed elements, not {x.Type}", nameof(x));
        }
    }

    private void ClearBy<TX>(HostTensor<TX> x, long low, long high, Tensor e)
        where TX : unmanaged, IBinaryInteger<TX>, IMinMaxValue<TX>
    {
        switch (e)
        {
            case HostTensor<sbyte> error: Clear(x, low, high, error); break;
            case HostTensor<short> error: Clear(x, low, high, error); break;
            case HostTensor<int> error: Clear(x, low, high, error); break;
            case HostTensor<long> error: Clear(x, low, high, error); break;
            default: throw new ArgumentException($"errors are signed, not {e.Type}", nameof(e));
        }
    }

    private void Clear<TX, TE>(HostTensor<TX> x, long low, long high, HostTensor<TE> e)
        where TX : unmanaged, IBinaryInteger<TX>, IMinMaxValue<TX>
        where TE : unmanaged, IBinaryInteger<TE>
    {
        if (low > high || low > long.CreateTruncating(TX.MaxValue) || high < long.CreateTruncating(TX.MinValue))
        {
            Clear(e);
            return;
        }

        var (least, greatest) = (TX.CreateSaturating(low), TX.CreateSaturating(high));
        Ranges(e.Length, (x, least, greatest, e), static (in s, start, n) =>
        {
            var (least, greatest) = (s.least, s.greatest);
            var value = s.x.Pointer + start;
            var error = s.e.Pointer + start;
            var i = 0;
            if (sizeof(TX) <= sizeof(int) && sizeof(TE) <= sizeof(int))
            {
                var (lower, upper) = (Vector256.Create(int.CreateTruncating(least)), Vector256.Create(int.CreateTruncating(greatest)));
                for (; i + Lanes.Count <= n; i += Lanes.Count)
                {
                    var (first, second) = Lanes.Load(value + i);
                    first = Vector256.LessThan(first, lower) | Vector256.GreaterThan(first, upper);
                    second = Vector256.LessThan(second, lower) | Vector256.GreaterThan(second, upper);
                    Lanes.Clear(first, second, error + i);
                }
            }

            for (; i < n; i++) error[i] = value[i] < least || value[i] > greatest ? TE.Zero : error[i];
        });
    }
}
