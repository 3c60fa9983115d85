using Wage.Backends;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>The most usual stages, functions and statistics of a single tensor, by name.</summary>
public static class StageOperations
{
    /// <summary>y = max(x, 0); y may be x.</summary>
    public static void Relu(this IBackend backend, Tensor x, Tensor y) => backend.Map(x, default(ReluStage), new StageTensors(y));

    /// <summary>y = saturate(round(x / 2^dropped), limit); a negative number of bits multiplies.</summary>
    public static void Quantize(this IBackend backend, Tensor x, int dropped, int limit, Rounding rounding, Tensor y) =>
        backend.Map(x, new ShiftStage(dropped, limit, rounding), new StageTensors(y));

    /// <summary>maximum[0] = max |x|.</summary>
    public static void MaxAbs(this IBackend backend, Tensor x, Tensor maximum) => backend.Reduce(x, null, 0, default(MaxAbs), maximum);

    /// <summary>e = 0 where x is not in [low, high], in place: the derivative of a clip or of a ReLU.</summary>
    public static void ClearOutside(this IBackend backend, Tensor x, long low, long high, Tensor e) =>
        backend.Combine(x, e, new ClearOutside(low, high), e);

    /// <summary>delta = 0 where |x| > limit, in place: the derivative of a clip. Requires limit >= 0.</summary>
    public static void ClipError(this IBackend backend, Tensor x, long limit, Tensor delta) => backend.ClearOutside(x, -limit, limit, delta);

    /// <summary>e = 0 where the mask has not all of these bits, in place.</summary>
    public static void MaskErrors(this IBackend backend, Tensor mask, int bits, Tensor e) =>
        backend.Map(e, default(RawStage), new StageTensors(e) { Gate = mask, GateBits = bits });
}

/// <summary>An output stage as an object: what a quantizer hands to a layer, which does not know its type.</summary>
public abstract class FusedStage
{
    /// <summary>The object of a stage.</summary>
    public static FusedStage Of<S>(in S stage)
        where S : unmanaged, IOutputStage => new Typed<S>(stage);

    /// <summary>The stage with its parameters: for those who write it down.</summary>
    public abstract IOutputStage Value { get; }

    /// <summary>See <see cref="IBackend.Convolve{S}"/>.</summary>
    public abstract void Convolve(
        IBackend backend, Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in StageTensors t);

    /// <summary>See <see cref="IBackend.ConvolveError{S}"/>.</summary>
    public abstract void ConvolveError(IBackend backend, Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in StageTensors t);

    /// <summary>See <see cref="IBackend.Map{S}"/>.</summary>
    public abstract void Map(IBackend backend, Tensor x, in StageTensors t);

    private sealed class Typed<S>(S stage) : FusedStage
        where S : unmanaged, IOutputStage
    {
        public override IOutputStage Value => stage;

        public override void Convolve(
            IBackend backend, Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in StageTensors t) =>
            backend.Convolve(x, w, g, accumulator, pool, stage, t);

        public override void ConvolveError(
            IBackend backend, Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in StageTensors t) =>
            backend.ConvolveError(e, w, g, accumulator, stage, t);

        public override void Map(IBackend backend, Tensor x, in StageTensors t) => backend.Map(x, stage, t);
    }
}
