using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Conversion;
using Wage.Simulation.Layers;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Quantization;

/// <summary>
/// Activations of k bits: in a training step the batch's range joins the moving one, then values become those of their codes, once the step is at the
/// delay; in an evaluation always, by the range as it is. Errors pass where the range encloses the value.
/// </summary>
internal sealed unsafe class FakeActivations : FloatLayer
{
    private readonly FloatEngine engine;
    private readonly FloatView view;
    private readonly FloatRange measure;
    private readonly FloatTensor y;
    private readonly uint delay;
    private FloatTensor? input;

    /// <summary>For a tensor of this shape.</summary>
    public FakeActivations(FloatBuilder build, string name, Shape shape, int bits, uint delay, MovingRangeRule rule)
        : base(name)
    {
        (engine, view, Bits, this.delay) = (build.Engine, build.View, bits, delay);
        (Range, measure, y) = (
            new MovingRange(build, name, rule), new FloatRange(build, shape.Length), build.Allocate(MemoryKind.Activations, shape));
    }

    /// <summary>k.</summary>
    public int Bits { get; }

    /// <summary>The range.</summary>
    public MovingRange Range { get; }

    /// <summary>The values of the last <see cref="Forward"/> that quantized.</summary>
    public FloatTensor Output => y;

    /// <summary>The codes of the last <see cref="Forward"/>; null: it quantized nothing.</summary>
    public AffineGrid? Used { get; private set; }

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => [Range.State];

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        input = x;
        if (s.Phase == Phase.Training)
        {
            var (least, greatest) = measure.Of(x);
            (least, greatest) = FloatMeeting.Extremes(s.Workers, least, greatest);
            Range.Add(least, greatest);
        }

        Used = s.Phase == Phase.Evaluation || s.Step >= delay ? Range.Grid(Bits) : null;
        if (Used is { } grid) FakeQuantization.Run(engine, x.Pointer, x.Span.Length, grid, y.Pointer);
        var output = Used is null ? x : y;
        if (s.Phase == Phase.Training) view.ShowCodes(Name, Quantity.Activations, x, output, Bits, Used is { } used ? [used] : [], isState: true);
        return output;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (needsError && Used is { } grid) FakeQuantization.Pass(engine, input!.Pointer, e.Span.Length, grid, e.Pointer);
        return e;
    }
}

/// <summary>
/// The images, whose grid the preprocessing fixes: every pixel has a code of 8 bits, and its value is near the pixel's. No error passes.
/// </summary>
/// <param name="build">Memory.</param>
/// <param name="name">"input".</param>
/// <param name="shape">[N,H,W,C].</param>
/// <param name="grid">The codes.</param>
internal sealed unsafe class FakeImages(FloatBuilder build, string name, Shape shape, AffineGrid grid) : FloatLayer(name)
{
    private readonly FloatEngine engine = build.Engine;
    private readonly FloatTensor y = build.Allocate(MemoryKind.Activations, shape);

    /// <summary>The codes.</summary>
    public AffineGrid Grid => grid;

    /// <summary>The values of the last <see cref="Forward"/>.</summary>
    public FloatTensor Output => y;

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        FakeQuantization.Run(engine, x.Pointer, x.Span.Length, grid, y.Pointer);
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s) => e;
}

/// <summary>
/// Means of values that have codes, rounded to these codes as the integers do it: the sum of the codes, which is a whole number, divided by their
/// count, halves away from the code 0. An average keeps S and Z. The range encloses the means, so every error passes.
/// </summary>
/// <param name="build">Memory.</param>
/// <param name="site">The means.</param>
/// <param name="before">Where the values got their codes.</param>
internal sealed unsafe class FakeMeans(FloatBuilder build, FloatSite site, FakeActivations before) : FloatLayer(site.Name)
{
    private readonly FloatEngine engine = build.Engine;
    private readonly FloatTensor y = build.Allocate(MemoryKind.Activations, site.Shape);

    /// <summary>Where the values got their codes.</summary>
    public FakeActivations Before => before;

    /// <summary>The values of the last <see cref="Forward"/> that quantized.</summary>
    public FloatTensor Output => y;

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        if (before.Used is not { } grid) return x;
        engine.Run(x.Shape[0], ((nint)x.Pointer, (nint)y.Pointer, x.Shape.Stride, site.Window, grid), static (in w, image, _) => Round(w, image));
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s) => e;

    private static void Round(in (nint X, nint Y, int Stride, int Count, AffineGrid Grid) w, int image)
    {
        float* x = (float*)w.X, y = (float*)w.Y;
        var grid = w.Grid;
        for (var i = image * w.Stride; i < (image + 1) * w.Stride; i++)
        {
            var sum = Math.Round(x[i] * (double)w.Count / grid.Scale) + ((double)grid.ZeroPoint * w.Count);
            var code = Math.Round(sum / w.Count, MidpointRounding.AwayFromZero);
            y[i] = (float)((Math.Min(Math.Max(code, grid.Codes.Low), grid.Codes.High) - grid.ZeroPoint) * grid.Scale);
        }
    }
}
