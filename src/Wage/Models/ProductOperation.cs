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

    /// <summary>Proves that the sums fit, from the weights: of each filter sum |w| times the greatest input, and what is added to it.</summary>
    /// <param name="node">The node's name, for the message.</param>
    /// <param name="input">The greatest magnitude of an input.</param>
    /// <param name="constants">The node's constants.</param>
    /// <exception cref="WageException">They do not.</exception>
    internal void RequireBound(string node, long input, IReadOnlyList<PlanTensor> constants)
    {
        var (most, held) = (Math.Max(input, Math.Abs((long)Geometry.Padding.Value)), Accumulator == ElementType.Int32 ? int.MaxValue : long.MaxValue);
        var weights = constants[0].Int8;
        ReadOnlySpan<int> start = (Reads & StageReads.Start) == 0 ? [] : constants[(Reads & StageReads.Range) == 0 ? 1 : 2].Int32;
        for (var f = 0; f < Geometry.Filters; f++)
        {
            var sum = 0L;
            foreach (var w in weights.Slice(f * Geometry.FanIn, Geometry.FanIn)) sum += Math.Abs((long)w);
            var bound = ((Int128)sum * most) + (start.IsEmpty ? 0 : Math.Abs((long)start[f]));
            if (bound <= held) continue;
            throw new WageException(string.Create(
                CultureInfo.InvariantCulture,
                $"{node}: the sums of filter {f} can reach {bound}, which {Accumulator} ({held}) cannot hold."),
                "take Int64 accumulators, fewer terms or smaller weights.");
        }
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
