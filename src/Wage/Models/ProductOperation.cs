using System.Globalization;
using Wage.Backends;
using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>
/// A product with its first constant, the weights: the accumulators; or with the rest of its block, what <see cref="IBackend.Convolve{S}"/> makes of
/// them. The other constants are what the stage reads. A quantized convolution reads its input's zero point around the image:
/// <see cref="Padding.Value"/> of the geometry.
/// </summary>
/// <param name="Geometry">The extents, of a batch of 1; a dense layer is a convolution of 1x1 images.</param>
/// <param name="Accumulator">The type that holds every sum, with what the stage adds before anything else: Int32 or Int64.</param>
/// <param name="Pool">The windows of the block's max pool, of a batch of 1; null: it has none.</param>
/// <param name="Stage">The block's end; null: the accumulators are the output.</param>
/// <param name="Reads">What the stage reads besides the accumulators.</param>
public sealed record ProductOperation(
    ConvGeometry Geometry, ElementType Accumulator, PoolGeometry? Pool = null, FusedStage? Stage = null, StageReads Reads = StageReads.None)
    : PlanOperation
{
    /// <summary>The positions of the maxima.</summary>
    public override IReadOnlyList<(ElementType Type, Shape Shape)> Scratch =>
        Pool is { } windows ? [(ElementType.UInt8, (windows with { Batch = 1 }).OutputShape)] : [];

    /// <inheritdoc/>
    public override void Require(string node, IReadOnlyList<SignalSpec> inputs, IReadOnlyList<Tensor> constants, in SignalSpec output)
    {
        PlanCheck.Reads(node, inputs, 1);
        PlanCheck.Extents(node, Geometry);
        var g = Geometry with { Batch = 1 };
        if (constants.Count == 0) throw new ArgumentException($"{node}: has no constants, but the first is its weights", nameof(constants));
        if (Accumulator is not (ElementType.Int32 or ElementType.Int64))
            throw new ArgumentException($"{node}: its accumulators are {Accumulator}, but must be Int32 or Int64", nameof(Accumulator));
        PlanCheck.Length(node, "input", inputs[0].Shape, g.InputLength);
        PlanCheck.Type(node, "input", inputs[0].Type, ElementType.Int8);
        PlanCheck.Length(node, "weights", constants[0].Shape, g.WeightLength);
        PlanCheck.Type(node, "weights", constants[0].Type, ElementType.Int8);
        if (Stage is null) PlanCheck.Type(node, "output", output.Type, Accumulator);
        if (Pool is { } windows)
        {
            if (Stage is null) throw new ArgumentException($"{node}: has a pool, but no stage behind it", nameof(Stage));
            PlanCheck.Extents(node, windows);
            PlanCheck.Positions(node, windows);
            PlanCheck.Length(node, "sums", g.OutputShape, (windows with { Batch = 1 }).InputLength);
        }

        PlanCheck.Length(node, "output", output.Shape, Pool is { } pool ? (pool with { Batch = 1 }).OutputLength : g.OutputLength);
        PlanCheck.Columns(node, Reads, constants, 1, g.Filters);
    }

    /// <summary>
    /// Proves that the sums fit, from the weights: of each filter sum |w| times the greatest input, and what is added to it; and, where the stage
    /// multiplies them by 2^shift first and keeps more than 8 bits, the multiple too.
    /// </summary>
    /// <param name="node">The node's name, for the message.</param>
    /// <param name="input">The greatest magnitude of an input.</param>
    /// <param name="constants">The node's constants.</param>
    /// <param name="output">What comes out.</param>
    /// <exception cref="WageException">They do not.</exception>
    internal void RequireBound(string node, long input, IReadOnlyList<PlanTensor> constants, ElementType output)
    {
        var held = Accumulator == ElementType.Int32 ? int.MaxValue : long.MaxValue;
        var isWide = Stage?.Value is AffineStage && output != ElementType.Int8;
        ReadOnlySpan<int> shifts = (Reads & StageReads.Shifts) == 0 ? [] : constants[^1].Int32;
        var weights = constants[0].UnpackInt8();
        for (var f = 0; f < Geometry.Filters; f++)
        {
            var bound = Reach(f, input, weights, StartOf(constants));
            if (bound > held)
            {
                throw new WageException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{node}: the sums of filter {f} can reach {bound}, which {Accumulator} ({held}) cannot hold."),
                    "take Int64 accumulators, fewer terms or smaller weights.");
            }

            var shift = !isWide ? 0 : Math.Clamp(shifts.IsEmpty ? ((AffineStage)Stage!.Value).Scale.Shift : shifts[f], 0, 31);
            if (!isWide || bound << shift <= int.MaxValue) continue;
            throw new WageException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{node}: the sums of filter {f} can reach {bound}, and 2^{shift} times that, which its scale takes, is beyond 32 bits."),
                "take fewer terms, smaller weights or a smaller scale.");
        }
    }

    /// <summary>The greatest magnitude of a sum, with its start.</summary>
    internal Int128 Reach(long input, IReadOnlyList<HostTensor> constants)
    {
        Int128 most = 0;
        var start = StartAt is { } at ? ((HostTensor<int>)constants[at]).Span : [];
        for (var f = 0; f < Geometry.Filters; f++) most = Int128.Max(most, Reach(f, input, ((HostTensor<sbyte>)constants[0]).Span, start));
        return most;
    }

    private int? StartAt => (Reads & StageReads.Start) == 0 ? null : (Reads & StageReads.Range) == 0 ? 1 : 2;

    private ReadOnlySpan<int> StartOf(IReadOnlyList<PlanTensor> constants) => StartAt is { } at ? constants[at].Int32 : [];

    private Int128 Reach(int filter, long input, ReadOnlySpan<sbyte> weights, ReadOnlySpan<int> start)
    {
        var sum = 0L;
        foreach (var w in weights.Slice(filter * Geometry.FanIn, Geometry.FanIn)) sum += Math.Abs((long)w);
        return ((Int128)sum * Math.Max(input, Math.Abs((long)Geometry.Padding.Value))) + (start.IsEmpty ? 0 : Math.Abs((long)start[filter]));
    }

    /// <inheritdoc/>
    public override void Run(IBackend backend, PlanTensors t)
    {
        var g = Geometry with { Batch = t.Batch };
        if (Stage is null)
        {
            backend.Convolve(t.Inputs[0], t.Constants[0], g, t.Output);
            return;
        }

        PoolGeometry? pool = Pool is { } windows ? windows with { Batch = t.Batch } : null;
        var tensors = Reads.With(new StageTensors(t.Output) { Position = pool is null ? null : t.Scratch[0] }, t.Constants, 1);
        Stage.Convolve(backend, t.Inputs[0], t.Constants[0], g, Accumulator, pool, tensors);
    }
}
