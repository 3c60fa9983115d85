using System.Numerics;
using System.Runtime.Intrinsics;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Operations on one element at a time.</content>
public sealed unsafe partial class HostBackend
{
    /// <inheritdoc/>
    public void Relu(Tensor x, Tensor y)
    {
        Require(y, x.Length);
        switch (x, y)
        {
            case (HostTensor<sbyte> source, HostTensor<sbyte> destination): Relu(source, destination); break;
            case (HostTensor<short> source, HostTensor<short> destination): Relu(source, destination); break;
            case (HostTensor<int> source, HostTensor<int> destination): Relu(source, destination); break;
            case (HostTensor<long> source, HostTensor<long> destination): Relu(source, destination); break;
            default: definition.Relu(x, y); break;
        }
    }

    /// <inheritdoc/>
    public void ReluError(Tensor y, Tensor e)
    {
        Require(y, e.Length);
        Clear(y, 1, long.MaxValue, e);
    }

    /// <inheritdoc/>
    public void ClipError(Tensor x, long limit, bool inclusive, Tensor delta)
    {
        Require(x, delta.Length);
        var bound = inclusive ? limit : limit - 1;
        Clear(x, -bound, bound, delta);
    }

    /// <inheritdoc/>
    public void QuantizeWeights(Tensor stored, int dropped, int limit, Rounding rounding, Tensor value) =>
        Requantize(stored, dropped, limit, rounding, value);

    /// <inheritdoc/>
    public void QuantizeActivations(Tensor x, int dropped, int limit, Rounding rounding, Tensor a) =>
        Requantize(x, dropped, limit, rounding, a);

    /// <inheritdoc/>
    public void QuantizeErrors(Tensor delta, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        var shift = ErrorShift(maximum, bits, exponentIn, exponent);
        Requantize(delta, shift, BitWidths.Limit(bits), rounding, e);
    }

    /// <inheritdoc/>
    public void AddAligned(Tensor x, int shiftX, Tensor y, int shiftY, Tensor z)
    {
        Require(x, z.Length);
        Require(y, z.Length);
        Combine(x, y, z, (shiftX, shiftY), static (in s, left, right, n) =>
        {
            for (var i = 0; i < n; i++) left[i] =
                FixedPoint.AddSaturated(FixedPoint.ShiftLeft(left[i], s.shiftX), FixedPoint.ShiftLeft(right[i], s.shiftY));
        });
    }

    /// <inheritdoc/>
    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        Require(x, z.Length);
        Require(y, z.Length);
        var alignment = new ErrorAlignment(Exponent(exponentX) + offsetX, Exponent(exponentY) + offsetY, guard);
        Combine(x, y, z, alignment, static (in alignment, left, right, n) =>
        {
            for (var i = 0; i < n; i++) left[i] = alignment.Add(left[i], right[i]);
        });
        Host(exponentZ)[0] = alignment.Exponent;
    }

    private void Relu<T>(HostTensor<T> x, HostTensor<T> y)
        where T : unmanaged, IBinaryInteger<T> => Ranges(x.Length, (x, y), static (in s, start, n) =>
    {
        T* source = s.x.Pointer + start, destination = s.y.Pointer + start;
        var i = 0;
        for (; i + Vector256<T>.Count <= n; i += Vector256<T>.Count)
            Vector256.Max(Vector256.Load(source + i), Vector256<T>.Zero).Store(destination + i);
        for (; i < n; i++) destination[i] = T.Max(source[i], T.Zero);
    });

    private delegate void BlockAction<TState>(in TState state, long* left, long* right, int n);

    /// <summary>z = action(x, y), which leaves its result in place of x, in blocks of int64.</summary>
    private void Combine<TState>(Tensor x, Tensor y, Tensor z, TState state, BlockAction<TState> action) =>
        Ranges(z.Length, (x, y, z, state, action), static (in s, start, count) =>
    {
        long* left = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
        for (var i = 0; i < count; i += Elements.Block)
        {
            var n = Math.Min(Elements.Block, count - i);
            Elements.Read(s.x, start + i, n, left);
            Elements.Read(s.y, start + i, n, right);
            s.action(in s.state, left, right, n);
            Elements.Write(left, s.z, start + i, n);
        }
    });

    private void Requantize(Tensor x, int dropped, int limit, Rounding rounding, Tensor y)
    {
        Require(y, x.Length);
        if (!Requantization.Fits(dropped, limit, Math.Min(y.Type.Maximum(), short.MaxValue)))
        {
            RequantizeInBlocks(x, dropped, limit, rounding, y);
            return;
        }

        var rule = new Requantization(dropped, limit, rounding);
        switch (x, y)
        {
            case (HostTensor<sbyte> source, HostTensor<sbyte> destination): Requantize(source, rule, destination); break;
            case (HostTensor<short> source, HostTensor<sbyte> destination): Requantize(source, rule, destination); break;
            case (HostTensor<int> source, HostTensor<sbyte> destination): Requantize(source, rule, destination); break;
            case (HostTensor<sbyte> source, HostTensor<short> destination): Requantize(source, rule, destination); break;
            case (HostTensor<short> source, HostTensor<short> destination): Requantize(source, rule, destination); break;
            case (HostTensor<int> source, HostTensor<short> destination): Requantize(source, rule, destination); break;
            default: RequantizeInBlocks(x, dropped, limit, rounding, y); break;
        }
    }

    private void Requantize<TX, TY>(HostTensor<TX> x, Requantization rule, HostTensor<TY> y)
        where TX : unmanaged, IBinaryInteger<TX>
        where TY : unmanaged, IBinaryInteger<TY> =>
        Ranges(x.Length, (x, rule, y), static (in s, start, n) => s.rule.Run(s.x.Pointer + start, s.y.Pointer + start, n));

    private void RequantizeInBlocks(Tensor x, int dropped, int limit, Rounding rounding, Tensor y) =>
        Ranges(x.Length, (x, dropped, limit, rounding, y), static (in s, start, count) =>
    {
        var values = stackalloc long[Elements.Block];
        for (var i = 0; i < count; i += Elements.Block)
        {
            var n = Math.Min(Elements.Block, count - i);
            Elements.Read(s.x, start + i, n, values);
            Requantization.Run(values, n, s.dropped, s.limit, s.rounding);
            Elements.Write(values, s.y, start + i, n);
        }
    });
}
