using System.Numerics;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>
/// A backend without memory: its tensors have a type and a shape and nothing else, so that a model can be built on it, every bound proved and every
/// byte counted, before any is taken. It runs nothing.
/// </summary>
public sealed class PlanningBackend : IBackend
{
    /// <inheritdoc/>
    public string Name => "plan";

    /// <inheritdoc/>
    public string Description => "counts memory and takes none";

    /// <inheritdoc/>
    public bool HasMemory => false;

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public Tensor Allocate(ElementType type, Shape shape) => new PlannedTensor(type, shape);

    /// <inheritdoc/>
    public Tensor TakeImages(byte[] pixels, Shape shape) => Allocate(ElementType.UInt8, shape);

    /// <inheritdoc/>
    public void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T> =>
        throw NoMemory();

    /// <inheritdoc/>
    public void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T> =>
        throw NoMemory();

    /// <inheritdoc/>
    public void Copy(Tensor source, Tensor destination) => throw NoMemory();

    /// <inheritdoc/>
    public void Clear(Tensor destination) => throw NoMemory();

    /// <inheritdoc/>
    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images) =>
        throw NoMemory();

    /// <inheritdoc/>
    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination) => throw NoMemory();

    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator) => throw NoMemory();

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta) => throw NoMemory();

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient) => throw NoMemory();

    /// <inheritdoc/>
    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position) => throw NoMemory();

    /// <inheritdoc/>
    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination) => throw NoMemory();

    /// <inheritdoc/>
    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y) => throw NoMemory();

    /// <inheritdoc/>
    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination) => throw NoMemory();

    /// <inheritdoc/>
    public void Reduce<R>(Tensor x, Tensor? gate, int gateBits, in R statistic, Tensor to)
        where R : unmanaged, IStatistic => throw NoMemory();

    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor range, in GradientRule rule, in RandomKey key, Tensor update, Tensor? statistic = null) =>
        throw NoMemory();

    /// <inheritdoc/>
    public void Combine<F>(Tensor x, Tensor y, in F function, Tensor z)
        where F : unmanaged, IPairFunction => throw NoMemory();

    /// <inheritdoc/>
    public void CopyColumns(Tensor source, Tensor destination, int first) => throw NoMemory();

    /// <inheritdoc/>
    public void Lookup(Tensor x, int least, Tensor table, Tensor y) => throw NoMemory();

    /// <inheritdoc/>
    public void Unpack(Tensor packed, int bits, int shift, Tensor codes) => throw NoMemory();

    /// <inheritdoc/>
    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z,
        Tensor exponentZ) => throw NoMemory();

    /// <inheritdoc/>
    public void LossErrors<L>(Tensor scores, Tensor labels, in L loss, Tensor delta, Tensor metrics)
        where L : unmanaged, ILossRow => throw NoMemory();

    /// <inheritdoc/>
    public void Convolve<S>(Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage => throw NoMemory();

    /// <inheritdoc/>
    public void ConvolveError<S>(Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage => throw NoMemory();

    /// <inheritdoc/>
    public void Map<S>(Tensor x, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage => throw NoMemory();

    /// <inheritdoc/>
    public void ReduceColumns<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic => throw NoMemory();

    /// <inheritdoc/>
    public void EachColumn<F>(ReadOnlySpan<Tensor> inputs, in F formula, int columns, params ReadOnlySpan<Tensor> outputs)
        where F : unmanaged, IColumnFormula => throw NoMemory();

    /// <inheritdoc/>
    public void MapColumns<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage => throw NoMemory();

    /// <inheritdoc/>
    public void Histogram(Tensor x, long limit, int precision, Tensor histogram) => throw NoMemory();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static InvalidOperationException NoMemory() => new("a planning backend has no memory; build the model on another backend to run it");

    private sealed class PlannedTensor(ElementType type, Shape shape) : Tensor(type, shape)
    {
        public override Tensor Reshape(Shape shape) => new PlannedTensor(Type, shape);

        public override Tensor Part(int start, Shape shape) => new PlannedTensor(Type, shape);
    }
}
