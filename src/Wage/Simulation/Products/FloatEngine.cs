using System.Runtime.Intrinsics;
using Wage.Backends;
using Wage.Backends.Host;

namespace Wage.Simulation.Products;

/// <summary>
/// The float32 products on this machine's cores. <see cref="FloatDefinition"/> says what each is, <see cref="FloatSum"/> in which order: every number
/// of lanes and threads gives these bits. With one lane and no threads the definition itself runs. One caller at a time; a product that ran once
/// allocates nothing.
/// </summary>
/// <param name="pool">The threads; null: the caller's alone.</param>
/// <param name="lanes">The greatest number of values side by side: 1, 4, 8 or 16.</param>
internal sealed unsafe class FloatEngine(WorkerPool? pool, int lanes)
{
    private readonly FloatScratch packed = new();
    private readonly FloatScratch starts = new();
    private readonly FloatScratch[] strips = [.. Enumerable.Range(0, pool?.Workers ?? 1).Select(_ => new FloatScratch())];

    /// <summary>What this machine's vectors hold.</summary>
    public static int Widest => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>Values side by side.</summary>
    public int Lanes => lanes;

    /// <summary>The threads.</summary>
    public int Workers => strips.Length;

    /// <summary>The bytes that it keeps.</summary>
    public long ScratchInUse => sizeof(float) * (packed.Length + starts.Length + strips.Sum(strip => strip.Length));

    private bool IsDefinition => pool is null && lanes == 1;

    /// <summary>The most bytes that an engine of this machine keeps for these products.</summary>
    public static long ScratchBytes(IEnumerable<ConvGeometry> products, int threads)
    {
        long weights = 0, first = 0, strip = 0;
        foreach (var g in products)
        {
            strip = Math.Max(strip, Math.Max(GradientProduct.StripLength(g, Widest), DepthwiseGradient.StripLength(g, Widest)));
            foreach (var p in ErrorPhase.Of(g).Where(phase => phase.HasTaps).Select(phase => phase.Geometry).Append(g))
            {
                weights = Math.Max(weights, PackedLength(p, Widest));
                first = Math.Max(first, Math.Max(WindowProduct.StartLength(p, Widest), DepthwiseProduct.StartLength(p)));
                strip = Math.Max(strip, WindowProduct.StripLength(p));
            }
        }

        return sizeof(float) * (weights + first + (threads * strip));
    }

    /// <summary>The values that <see cref="Pack"/> makes of a convolution's weights; 0: nothing is to be packed.</summary>
    public long PackedLength(in ConvGeometry g) => IsDefinition ? 0 : PackedLength(g, lanes);

    /// <summary>Brings weights w [F,KH,KW,C/G] into the form that <see cref="Convolve"/> reads.</summary>
    /// <exception cref="ArgumentException">A tensor has another size.</exception>
    public void Pack(FloatTensor w, in ConvGeometry g, FloatTensor to)
    {
        Require(w, g.WeightLength, nameof(w));
        Require(to, PackedLength(g), nameof(to));
        if (!IsDefinition) PackPanels(g, w.Pointer, to.Pointer, null);
    }

    /// <summary>y = x * w + bias. x [N,H,W,C], w [F,KH,KW,C/G], bias [F] or null, y [N,OH,OW,F].</summary>
    /// <param name="x">The input.</param>
    /// <param name="w">The weights.</param>
    /// <param name="bias">What the sums begin with; null: 0.</param>
    /// <param name="g">The extents.</param>
    /// <param name="y">The output.</param>
    /// <param name="panels">What <see cref="Pack"/> made of w; null: this product packs them itself.</param>
    /// <exception cref="ArgumentException">A tensor has another size.</exception>
    public void Convolve(FloatTensor x, FloatTensor w, FloatTensor? bias, in ConvGeometry g, FloatTensor y, FloatTensor? panels = null)
    {
        Require(x, g.InputLength, nameof(x));
        Require(w, g.WeightLength, nameof(w));
        Require(y, g.OutputLength, nameof(y));
        if (bias is not null) Require(bias, g.Filters, nameof(bias));
        if (panels is not null) Require(panels, PackedLength(g), nameof(panels));
        if (IsDefinition)
        {
            FloatDefinition.Convolve(x, w, bias, g, y);
            return;
        }

        var b = panels is null ? packed.Take(PackedLength(g)) : panels.Pointer;
        if (panels is null) PackPanels(g, w.Pointer, b, null);
        Multiply(g, x.Pointer, b, bias is null ? null : bias.Pointer, y.Pointer, null);
    }

    /// <summary>The error of the input. e [N,OH,OW,F], w [F,KH,KW,C/G], delta [N,H,W,C].</summary>
    /// <exception cref="ArgumentException">A tensor has another size.</exception>
    public void ConvolveError(FloatTensor e, FloatTensor w, in ConvGeometry g, FloatTensor delta)
    {
        Require(e, g.OutputLength, nameof(e));
        Require(w, g.WeightLength, nameof(w));
        Require(delta, g.InputLength, nameof(delta));
        if (IsDefinition)
        {
            FloatDefinition.ConvolveError(e, w, g, delta);
            return;
        }

        if (g.Stride > Math.Min(g.KernelHeight, g.KernelWidth)) delta.Span.Clear();
        for (var i = 0; i < g.Stride * g.Stride; i++)
        {
            var phase = new ErrorPhase(g, i / g.Stride, i % g.Stride);
            if (!phase.HasTaps) continue;
            var b = packed.Take(PackedLength(phase.Geometry, lanes));
            PackPanels(phase.Geometry, w.Pointer, b, phase);
            Multiply(phase.Geometry, e.Pointer, b, null, delta.Pointer, g.Stride == 1 ? null : phase);
        }
    }

    /// <summary>The gradient of the weights. x [N,H,W,C], e [N,OH,OW,F], gradient [F,KH,KW,C/G].</summary>
    /// <exception cref="ArgumentException">A tensor has another size.</exception>
    public void ConvolveGradient(FloatTensor x, FloatTensor e, in ConvGeometry g, FloatTensor gradient)
    {
        Require(x, g.InputLength, nameof(x));
        Require(e, g.OutputLength, nameof(e));
        Require(gradient, g.WeightLength, nameof(gradient));
        if (IsDefinition) FloatDefinition.ConvolveGradient(x, e, g, gradient);
        else if (DepthwiseProduct.Is(g)) DepthwiseGradient.Run(this, g, x.Pointer, e.Pointer, gradient.Pointer);
        else GradientProduct.Run(this, g, x.Pointer, e.Pointer, gradient.Pointer);
    }

    /// <summary>The gradient of a bias: sums [F] over all positions of e [..,F].</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public void SumPositions(FloatTensor e, FloatTensor sums)
    {
        var filters = sums.Span.Length;
        if (e.Span.Length % filters != 0) throw new ArgumentException($"sum of positions: {e.Shape} does not end in {sums.Shape}", nameof(sums));
        if (IsDefinition) FloatDefinition.SumPositions(e, sums);
        else PositionSums.Run(this, e.Pointer, e.Span.Length / filters, filters, sums.Pointer);
    }

    /// <summary>Runs body(state, item, worker) for every item in [0, items) on the threads. An item's result must not depend on the thread.</summary>
    public void Run<TState>(int items, TState state, WorkBody<TState> body)
    {
        if (pool is not null) pool.Run(items, state, body);
        else for (var item = 0; item < items; item++) body(in state, item, 0);
    }

    /// <summary>Makes room for each worker, so that which of them works first does not matter.</summary>
    internal void Reserve(long length)
    {
        foreach (var strip in strips) strip.Take(length);
    }

    /// <summary>The memory of a worker.</summary>
    internal float* Strip(int worker) => strips[worker].Take(0);

    /// <summary>Memory for what sums begin with.</summary>
    internal float* Starts(long length) => starts.Take(length);

    private static long PackedLength(in ConvGeometry g, int lanes) => DepthwiseProduct.Is(g) ? g.WeightLength : WindowProduct.PackedLength(g, lanes);

    private void PackPanels(in ConvGeometry g, float* w, float* to, ErrorPhase? phase)
    {
        if (DepthwiseProduct.Is(g)) DepthwiseProduct.Pack(g, w, to, phase);
        else if (phase is { } some) WindowProduct.Pack(this, some, w, to);
        else WindowProduct.Pack(this, g, w, to);
    }

    private void Multiply(in ConvGeometry g, float* x, float* b, float* start, float* y, ErrorPhase? phase)
    {
        if (DepthwiseProduct.Is(g)) DepthwiseProduct.Run(this, g, x, b, start, y, phase);
        else WindowProduct.Run(this, g, x, b, start, y, phase);
    }

    private static void Require(FloatTensor tensor, long length, string name)
    {
        if (tensor.Span.Length != length) throw new ArgumentException($"product: {name} is {tensor.Shape}, not of {length} values", name);
    }
}
