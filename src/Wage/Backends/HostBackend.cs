using Wage.Backends.Host;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using static Wage.Backends.Host.HostEngine;

namespace Wage.Backends;

/// <summary>
/// The processor's cores and vector units: every product is cut into tiles of sums that stay in registers, every elementwise
/// operation into ranges. The same integers as <see cref="ReferenceBackend"/> with any number of threads. One caller at a time.
/// </summary>
public sealed partial class HostBackend : HostMemoryBackend, IBackend
{
    private readonly HostEngine engine;
    private readonly HostProducts products;
    private readonly Subsampling subsampling;
    private readonly HostStages stages;
    private readonly HostFunctions functions;
    private readonly HostColumns columns;
    private readonly HostImages images;
    private readonly HostHistogram histograms;
    private readonly ReferenceBackend definition = new();

    /// <summary>A backend of <paramref name="threads"/> threads, the caller's included; 0 takes one per processor.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="instructions">The instructions to multiply with; null: as <see cref="InstructionSets.Choose()"/> says.</param>
    /// <exception cref="ArgumentOutOfRangeException">threads is negative.</exception>
    /// <exception cref="WageException">This machine lacks the instructions, or the environment variable names none.</exception>
    public HostBackend(int threads = 0, InstructionSet? instructions = null)
        : this(threads, instructions is { } set ? Given(set) : InstructionSets.Choose())
    {
    }

    /// <summary>As the public one, with kernels of any origin.</summary>
    internal HostBackend(int threads, InstructionSetChoice choice, TileKernels? kernels = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        engine = new HostEngine(threads == 0 ? Environment.ProcessorCount : threads, choice.Set, kernels ?? TileKernels.Of(choice.Set));
        (products, stages, functions, images, histograms) = (new(engine), new(engine), new(engine), new(engine), new(engine));
        (columns, subsampling) = (new(engine), new(engine));
        Instructions = choice;
        var reason = choice.Reason.Length == 0 ? string.Empty : $" ({choice.Reason})";
        Description = $"{InstructionSets.Title(choice.Set)}, {Pool.Workers} thread{(Pool.Workers == 1 ? string.Empty : "s")}{reason}";
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>The instructions that it multiplies with, and why these.</summary>
    public InstructionSetChoice Instructions { get; }

    /// <inheritdoc/>
    public long StoredSums { get; private set; }

    /// <summary>The threads, for products of another domain; one caller at a time.</summary>
    internal WorkerPool Pool => engine.Pool;

    /// <summary>The scratch memory that there is now.</summary>
    internal long ScratchInUse => engine.Scratch.InUse;

    /// <inheritdoc cref="ScratchBound.Of"/>
    public static long ScratchBytes(IEnumerable<(ConvGeometry Geometry, ElementType Sums)> products, int threads) =>
        ScratchBound.Of(products, threads);

    /// <inheritdoc/>
    public void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator)
    {
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(accumulator, g.OutputLength);
        products.Run(ProductKind.Forward, x, w, accumulator, g);
    }

    /// <inheritdoc/>
    public void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta)
    {
        Require(e, g.OutputLength);
        Require(w, g.WeightLength);
        Require(delta, g.InputLength);
        products.Run(ProductKind.Error, delta, w, e, g);
    }

    /// <inheritdoc/>
    public void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient)
    {
        Require(x, g.InputLength);
        Require(e, g.OutputLength);
        Require(gradient, g.WeightLength);
        products.Run(ProductKind.Gradient, x, gradient, e, g);
    }

    /// <inheritdoc/>
    public void Convolve<S>(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        Require(x, g.InputLength);
        Require(w, g.WeightLength);
        Require(t.Output, pool?.OutputLength ?? g.OutputLength);
        if (pool is not null) Require(t.Position!, t.Output.Length);
        StoredSums = 0;
        if (typeof(S) == typeof(RawStage) && pool is null && subsampling.Forward(x, w, g, t)) return;
        if (accumulator == ElementType.Int32 && HostProducts.EndsInStage(g, Pool.Workers)
            && t is { Kept: null, Output: HostTensor<sbyte> or HostTensor<short> } && t.HasWholeRows(g.Batch))
        {
            RequireTensors(t);
            products.Forward(x, w, g, null, stages.Of(stage, StageRange(stage, t), pool, t.Output.Length / g.Batch, t));
            stages.Ended(t);
            return;
        }

        var range = StageRange(stage, t);
        var images = ImagesOf(g, g.OutputLength, accumulator, t);
        if (pool is { } all) StoredSums += StoredSums / g.OutputLength * all.OutputLength;
        stages.Begin();
        for (var first = 0; first < g.Batch; first += images)
        {
            var block = ImageBlock.Next(first, images, g.Batch);
            var part = g with { Batch = block.Count };
            var v = t.Kept is null ? engine.Scratch.Block(KeptTensor.Sums, accumulator, part.OutputLength) : block.Of(t.Kept);
            Convolve(block.Of(x), w, part, v);
            if (pool is { } windows)
            {
                windows = windows with { Batch = block.Count };
                var pooled = engine.Scratch.Block(KeptTensor.Maxima, accumulator, windows.OutputLength);
                MaxPool(v, windows, pooled, block.Of(t.Position!));
                v = pooled;
            }

            stages.MapPart(v, stage, range, block.Of(t));
        }

        stages.Measured(t);
        SumColumns(t);
    }

    /// <inheritdoc/>
    public void ConvolveError<S>(Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        Require(e, g.OutputLength);
        Require(w, g.WeightLength);
        Require(t.Output, g.InputLength);
        StoredSums = 0;
        if (typeof(S) == typeof(RawStage) && subsampling.Error(e, w, g, t)) return;
        if (accumulator == ElementType.Int32 && HostProducts.ErrorEndsInStage(g, Pool.Workers) && t.Output is HostTensor<sbyte> or HostTensor<short>)
        {
            RequireTensors(t);
            products.Error(e, w, g, stages.Of(stage, StageRange(stage, t), null, t.Output.Length / g.Batch, t with { ColumnSums = null }));
            stages.Measured(t);
            SumColumns(t);
            return;
        }

        var range = StageRange(stage, t);
        var images = ImagesOf(g, g.InputLength, accumulator, t);
        stages.Begin();
        for (var first = 0; first < g.Batch; first += images)
        {
            var block = ImageBlock.Next(first, images, g.Batch);
            var part = g with { Batch = block.Count };
            var v = engine.Scratch.Block(KeptTensor.ErrorSums, accumulator, part.InputLength);
            ConvolveError(block.Of(e), w, part, v);
            stages.MapPart(v, stage, range, block.Of(t));
        }

        stages.Measured(t);
        SumColumns(t);
    }

    /// <inheritdoc/>
    public void Map<S>(Tensor x, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage
    {
        stages.Map(x, stage, StageRange(stage, t), t);
        SumColumns(t);
    }

    /// <inheritdoc/>
    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        Require(x, g.InputLength);
        Require(y, g.OutputLength);
        Require(position, g.OutputLength);
        HostPooling.Of(x, y).Maxima(engine, x, g, y, (HostTensor<byte>)position);
    }

    /// <inheritdoc/>
    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        Require(position, g.OutputLength);
        PoolError(e, (HostTensor<byte>)position, g, limit, destination);
    }

    /// <inheritdoc/>
    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        Require(x, g.InputLength);
        Require(y, g.OutputLength);
        HostPooling.Of(x, y).Averages(engine, x, g, rounding, y);
    }

    /// <inheritdoc/>
    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination) => PoolError(e, null, g, limit, destination);

    /// <inheritdoc/>
    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images) =>
        this.images.Load(pixels, order, offset, table, augmentation, key, images);

    /// <inheritdoc/>
    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination) => definition.LoadLabels(labels, order, offset, destination);

    /// <summary>A few numbers of each sample, for which the definition is fast enough.</summary>
    public void LossErrors<L>(Tensor scores, Tensor labels, in L loss, Tensor delta, Tensor metrics)
        where L : unmanaged, ILossRow => definition.LossErrors(scores, labels, loss, delta, metrics);

    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor range, in GradientRule rule, in RandomKey key, Tensor update, Tensor? statistic = null) =>
        functions.QuantizeGradient(gradient, Host(range)[0], rule, key, update, statistic);

    /// <inheritdoc/>
    public void Reduce<R>(Tensor x, Tensor? gate, int gateBits, in R statistic, Tensor to)
        where R : unmanaged, IStatistic => functions.Reduce(x, gate, gateBits, statistic, to);

    /// <inheritdoc/>
    public void Combine<F>(Tensor x, Tensor y, in F function, Tensor z)
        where F : unmanaged, IPairFunction => functions.Combine(x, y, function, z);

    /// <inheritdoc/>
    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        var alignment = new ErrorAlignment(Exponent(exponentX) + offsetX, Exponent(exponentY) + offsetY, guard);
        Combine(x, y, alignment, z);
        Host(exponentZ)[0] = alignment.Exponent;
    }

    /// <inheritdoc/>
    public void CopyColumns(Tensor source, Tensor destination, int first) => functions.CopyColumns(source, destination, first);

    /// <inheritdoc/>
    public void Lookup(Tensor x, int least, Tensor table, Tensor y) => functions.Lookup(x, least, table, y);

    /// <inheritdoc/>
    public void Unpack(Tensor packed, int bits, int shift, Tensor codes) => functions.Unpack(packed, bits, shift, codes);

    /// <inheritdoc/>
    public void Histogram(Tensor x, long limit, int precision, Tensor histogram) => histograms.Run(x, limit, precision, histogram);

    /// <summary>Ends the threads and returns the scratch memory.</summary>
    public void Dispose() => engine.Dispose();

    private static InstructionSetChoice Given(InstructionSet set) =>
        InstructionSets.Lack(set) is not { } lack ? new InstructionSetChoice(set, "as asked")
        : throw new WageException(
            $"instructions: {InstructionSets.Name(set)} does not run here: {lack}.",
            "leave them out to have the fastest that runs here.");

    /// <summary>The images of a block of a product with so many sums; they are stored where a block is no longer small.</summary>
    private int ImagesOf(in ConvGeometry g, long sums, ElementType accumulator, in StageTensors t)
    {
        var imageBytes = sums / g.Batch * accumulator.Size();
        var images = ImageBlock.Images(g, imageBytes);
        if (t.Kept is null && images > 1 && images * imageBytes > ImageBlock.MostBytes) StoredSums = imageBytes * g.Batch;
        return images;
    }

    private void SumColumns(in StageTensors t)
    {
        if (t.ColumnSums is not null) columns.Reduce(t.Output, null, null, 1, default(BatchNormSums), t.ColumnSums);
    }

    private static void RequireTensors(in StageTensors t)
    {
        t.RequireColumns();
        if (t.Mask is not null) Require(t.Mask, t.Output.Length);
        if (t.Gate is not null) Require(t.Gate, t.Output.Length);
    }

    private void PoolError(Tensor e, HostTensor<byte>? position, in PoolGeometry g, long limit, Tensor destination)
    {
        Require(e, g.OutputLength);
        Require(destination, g.InputLength);
        HostPooling.Of(e, destination).Errors(engine, e, position, g, limit, destination);
    }
}
