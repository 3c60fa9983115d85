using System.Numerics;
using System.Runtime.Intrinsics;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>
/// Blocks in one pass: an image's accumulators are pooled, rounded and masked while they are in the cache,
/// and never reach main memory. The way back reads the mask, a byte an element, instead of the accumulators.
/// </content>
public sealed unsafe partial class HostBackend
{
    private readonly ImageStage imageStage = new();
    private readonly Dictionary<(ElementType, int), HostTensor> blockSums = [];

    /// <inheritdoc/>
    public void ConvolveStage(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in ActivationStage stage,
        Tensor a, Tensor mask, Tensor? position)
    {
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(a, pool?.OutputLength ?? g.OutputLength);
        Require(mask, a.Length);
        if (pool is not null) Require(position!, a.Length);
        if (accumulator == ElementType.Int32 && !IsDense(g) && (g.Groups == 1 || IsDepthwise(g)) && g.Batch >= this.pool.Workers)
        {
            var first = pool is null ? null : ((HostTensor<byte>)position!).Pointer;
            imageStage.Of(stage, pool, a.Length / g.Batch, ((HostTensor<sbyte>)a).Pointer, ((HostTensor<byte>)mask).Pointer, first);
            Forward(x, w, g, null, imageStage);
            return;
        }

        Tensor v = BlockSums(accumulator, checked((int)g.OutputLength));
        Convolve(x, w, g, v);
        if (pool is { } windows)
        {
            var pooled = BlockSums(accumulator, a.Length);
            MaxPool(v, windows, pooled, position!);
            v = pooled;
        }

        var (kernel, activations, passes) = (new OutputStage(stage), (HostTensor<sbyte>)a, (HostTensor<byte>)mask);
        Ranges(a.Length, (kernel, v, activations, passes), static (in s, start, n) =>
        {
            var (to, bits) = ((nint)(s.activations.Pointer + start), (nint)(s.passes.Pointer + start));
            if (s.v is HostTensor<int> narrow) s.kernel.Run(narrow.Pointer + start, n, (sbyte*)to, (byte*)bits);
            else s.kernel.Run(((HostTensor<long>)s.v).Pointer + start, n, (sbyte*)to, (byte*)bits);
        });
    }

    /// <inheritdoc/>
    public void StageMaxAbs(Tensor delta, Tensor mask, Tensor maximum)
    {
        Require(mask, delta.Length);
        if (delta is not HostTensor<int> sums)
        {
            definition.StageMaxAbs(delta, mask, maximum);
            return;
        }

        var passes = (HostTensor<byte>)mask;
        var most = 0L;
        Ranges(delta.Length, (sums, passes, most: (nint)(&most)), static (in s, start, n) =>
        {
            var source = s.sums.Pointer + start;
            var bits = s.passes.Pointer + start;
            var clip = Vector256.Create(ActivationStage.ClipPasses);
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
                if ((bits[i] & ActivationStage.ClipPasses) != 0) magnitude = Math.Max(magnitude, Math.Abs((long)source[i]));
            lock (s.sums) *(long*)s.most = Math.Max(*(long*)s.most, magnitude);
        });
        Host(maximum)[0] = most;
    }

    /// <inheritdoc/>
    public void MaskErrors(Tensor mask, int bits, Tensor e)
    {
        Require(mask, e.Length);
        switch (e)
        {
            case HostTensor<sbyte> error: MaskErrors((HostTensor<byte>)mask, bits, error); break;
            case HostTensor<short> error: MaskErrors((HostTensor<byte>)mask, bits, error); break;
            case HostTensor<int> error: MaskErrors((HostTensor<byte>)mask, bits, error); break;
            case HostTensor<long> error: MaskErrors((HostTensor<byte>)mask, bits, error); break;
            default: throw new ArgumentException($"errors are signed, not {e.Type}", nameof(e));
        }
    }

    private void MaskErrors<T>(HostTensor<byte> mask, int bits, HostTensor<T> e)
        where T : unmanaged, IBinaryInteger<T> => Ranges(e.Length, (mask, bits, e), static (in s, start, n) =>
    {
        var passes = s.mask.Pointer + start;
        var error = s.e.Pointer + start;
        for (var i = 0; i < n; i++) error[i] = (passes[i] & s.bits) == 0 ? T.Zero : error[i];
    });

    /// <inheritdoc/>
    public void StageErrors(Tensor delta, Tensor mask, Tensor maximum, int bits, Rounding rounding, Tensor e, Tensor? exponentIn, Tensor? exponent)
    {
        Require(mask, delta.Length);
        Require(e, delta.Length);
        var shift = ErrorShift(maximum, bits, exponentIn, exponent);
        if (delta is not HostTensor<int> sums || !Requantization.Fits(shift, BitWidths.Limit(bits), e.Type.Maximum()))
        {
            definition.StageErrors(delta, mask, maximum, bits, rounding, e, null, null);
            return;
        }

        var stage = new Requantization(shift, BitWidths.Limit(bits), rounding);
        var passes = (HostTensor<byte>)mask;
        Ranges(delta.Length, (stage, sums, passes, e), static (in s, start, n) =>
        {
            if (s.e is HostTensor<sbyte> bytes) Masked(s.stage, s.sums.Pointer + start, s.passes.Pointer + start, bytes.Pointer + start, n);
            else Masked(s.stage, s.sums.Pointer + start, s.passes.Pointer + start, ((HostTensor<short>)s.e).Pointer + start, n);
        });
    }

    private static void Masked<T>(in Requantization stage, int* delta, byte* mask, T* e, int n)
        where T : unmanaged, IBinaryInteger<T>
    {
        var all = Vector256.Create((short)ActivationStage.BothPass);
        var i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
        {
            var words = Vector256.Narrow(stage.Round(Vector256.Load(delta + i)), stage.Round(Vector256.Load(delta + i + 8)));
            Lanes.StoreWords(words & Vector256.Equals(Lanes.LoadWords((sbyte*)mask + i), all), e + i);
        }

        for (; i < n; i++)
            e[i] = mask[i] == ActivationStage.BothPass
                ? T.CreateTruncating(stage.Round(Vector256.CreateScalar(delta[i])).ToScalar())
                : T.Zero;
    }

    /// <summary>Sums of a block whose accumulators do not end in the cache; kept, so that a step allocates nothing.</summary>
    private HostTensor BlockSums(ElementType type, int length)
    {
        if (blockSums.TryGetValue((type, length), out var sums)) return sums;
        return blockSums[(type, length)] = HostTensor.Create(type, new Shape(length));
    }
}
