using Wage.Quantization;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Layers;

/// <summary>
/// The outputs of branches of one input, behind each other along the channels, the last extent; a branch without layers gives the input itself. On
/// the way back each branch takes its part of the error, and the input's is the sum of theirs, in the branches' order.
/// </summary>
internal sealed unsafe class FloatConcat : FloatLayer
{
    private readonly FloatEngine engine;
    private readonly FloatChain[] branches;
    private readonly FloatTensor[] errors;
    private readonly FloatTensor y;
    private readonly FloatTensor? delta;

    /// <summary>Of branches whose outputs have these shapes, equal but for the channels.</summary>
    public FloatConcat(
        FloatBuilder build, string name, IReadOnlyList<(FloatChain Branch, Shape Output)> branches, Shape output, FloatTensor? delta)
        : base(name)
    {
        (engine, this.delta) = (build.Engine, delta);
        this.branches = [.. branches.Select(one => one.Branch)];
        errors = [.. branches.Select(one => build.Errors.Beside(one.Output))];
        y = build.Allocate(MemoryKind.Activations, output);
    }

    /// <summary>The branches.</summary>
    public IReadOnlyList<FloatChain> Branches => branches;

    /// <summary>The extents of the output.</summary>
    public Shape Output => y.Shape;

    /// <summary>The extents of these behind each other.</summary>
    /// <exception cref="WageException">There are none, or they differ in more than the channels.</exception>
    public static Shape OutputOf(string name, IReadOnlyList<Shape> branches)
    {
        var first = branches.Count == 0 ? throw new WageException($"{name}: has no branches.") : branches[0];
        var channels = 0L;
        foreach (var shape in branches)
        {
            channels += shape[shape.Rank - 1];
            if (shape.Rank != first.Rank || shape.Length / shape[shape.Rank - 1] != first.Length / first[first.Rank - 1]
                || (first.Rank == 4 && (shape[1], shape[2]) != (first[1], first[2])))
                throw new WageException(
                    $"{name}: its branches give {first} and {shape}, but may differ in the channels alone.", "take other paddings or strides.");
        }

        return first.Rank == 4 ? new Shape(first[0], first[1], first[2], checked((int)channels)) : new Shape(first[0], checked((int)channels));
    }

    /// <inheritdoc/>
    public override IEnumerable<FloatParameter> Parameters => branches.SelectMany(branch => branch.Parameters);

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => branches.SelectMany(branch => branch.States);

    /// <inheritdoc/>
    public override void Prepare(in StepContext s)
    {
        foreach (var branch in branches) branch.Prepare(s);
    }

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        var channel = 0;
        foreach (var branch in branches)
        {
            var part = branch.Forward(x, s);
            Move(part, channel, gather: true, y);
            channel += Channels(part);
        }

        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        var channel = 0;
        for (var i = 0; i < branches.Length; i++)
        {
            Move(errors[i], channel, gather: false, e);
            channel += Channels(errors[i]);
            var error = branches[i].Backward(errors[i], needsError, s);
            if (!needsError || delta is null) continue;
            if (i == 0) error.Span.CopyTo(delta.Span);
            else FloatElements.Run(engine, delta.Shape.Length, new AddedFloats(delta.Pointer, error.Pointer, delta.Pointer));
        }

        return needsError ? delta ?? e : e;
    }

    private static int Channels(FloatTensor part) => part.Shape[part.Shape.Rank - 1];

    /// <summary>Copies a part's channels into those of the whole from one on, or back.</summary>
    private void Move(FloatTensor part, int channel, bool gather, FloatTensor whole)
    {
        var (channels, all) = (Channels(part), y.Shape[y.Shape.Rank - 1]);
        engine.Run(
            part.Shape[0], new Work(part.Pointer, whole.Pointer + channel, part.Shape.Stride / channels, channels, all, gather),
            static (in w, image, _) => w.Run(image));
    }

    private readonly struct Work(float* part, float* whole, int positions, int channels, int all, bool gather)
    {
        public void Run(int image)
        {
            for (var position = (nint)image * positions; position < ((nint)image + 1) * positions; position++)
            {
                var one = new Span<float>(part + (position * channels), channels);
                var other = new Span<float>(whole + (position * all), channels);
                if (gather) one.CopyTo(other);
                else other.CopyTo(one);
            }
        }
    }
}
