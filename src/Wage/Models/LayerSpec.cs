using System.Globalization;
using Wage.Layers;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Models;

/// <summary>A layer as data: what <see cref="Layer.Spec"/> gives and a new layer is made from. One's own layers may bring their own.</summary>
public abstract record LayerSpec
{
    /// <summary>A new layer.</summary>
    public abstract Layer ToLayer();
}

/// <summary>A layer with weights.</summary>
/// <param name="Bias">See <see cref="ProductLayer.Bias"/>.</param>
public abstract record ProductSpec(bool Bias) : LayerSpec;

/// <summary>See <see cref="Conv2d"/>.</summary>
public sealed record ConvSpec(int Filters, (int Height, int Width) Kernel, ConvPadding Padding, int Stride = 1, int Groups = 1, bool Bias = false)
    : ProductSpec(Bias)
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Conv2d(Filters, Kernel, Stride, Padding, Groups) { Bias = Bias };
}

/// <summary>See <see cref="DepthwiseConv2d"/>.</summary>
public sealed record DepthwiseSpec(int Multiplier, (int Height, int Width) Kernel, ConvPadding Padding, int Stride = 1, bool Bias = false)
    : ProductSpec(Bias)
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new DepthwiseConv2d(Multiplier, Kernel, Stride, Padding) { Bias = Bias };
}

/// <summary>See <see cref="Dense"/>.</summary>
public sealed record DenseSpec(int Outputs, bool Bias = false) : ProductSpec(Bias)
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Dense(Outputs) { Bias = Bias };
}

/// <summary>See <see cref="MaxPool2d"/>.</summary>
public sealed record MaxPoolSpec(int Window, int Stride) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new MaxPool2d(Window, Stride);
}

/// <summary>See <see cref="AveragePool2d"/>.</summary>
public sealed record AveragePoolSpec(int Window, int Stride, Rounding Rounding = Rounding.HalfEven) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new AveragePool2d(Window, Stride, Rounding);
}

/// <summary>See <see cref="GlobalAveragePool"/>.</summary>
public sealed record GlobalAveragePoolSpec(Rounding Rounding = Rounding.HalfEven) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new GlobalAveragePool(Rounding);
}

/// <summary>See <see cref="Relu"/>.</summary>
public sealed record ReluSpec : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Relu();
}

/// <summary>See <see cref="Quantize"/>.</summary>
public sealed record QuantizeSpec : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Quantize();
}

/// <summary>See <see cref="Flatten"/>.</summary>
public sealed record FlattenSpec : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Flatten();
}

/// <summary>See <see cref="Residual"/>.</summary>
public sealed record ResidualSpec(SpecList<LayerSpec> Branch, SpecList<LayerSpec> Shortcut) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Residual([.. Branch.Select(layer => layer.ToLayer())], [.. Shortcut.Select(layer => layer.ToLayer())]);
}

/// <summary>A layer that not every scheme has.</summary>
public abstract record SchemeLayerSpec : LayerSpec
{
    /// <summary>"batch norm".</summary>
    internal abstract string Words { get; }

    /// <summary>"batchNorm": its name is this and a number.</summary>
    internal abstract string Prefix { get; }

    /// <summary>Without such a layer what to write.</summary>
    internal abstract Wording Way { get; }

    /// <exception cref="WageException">There is no such layer that every scheme of integers has.</exception>
    public override Layer ToLayer() => throw Refusal(Prefix, "the integer domain");

    /// <summary>Why a scheme does not build it.</summary>
    internal WageException Refusal(string name, string scheme)
    {
        string[] having = ["float32", .. SchemeRegistry.Kinds.Where(kind => kind.HasLayer(this)).Select(kind => kind.Name)];
        return new($"{name}: {scheme} has no {Words}.", $"{Way}, or take a scheme that has it, such as {string.Join(" or ", having)}.");
    }
}

/// <summary>
/// Batch normalization of each channel: gamma (x - mean) / sqrt(variance + epsilon) + beta, in a step with the batch's mean and biased variance,
/// in an evaluation with moving averages.
/// </summary>
public sealed record BatchNormSpec : SchemeLayerSpec
{
    internal const string NamePrefix = "batchNorm";

    /// <summary>The momentum and the epsilon of layers that say none.</summary>
    internal static readonly Ratio UsualMomentum = new(9, 10), UsualEpsilon = new(1, 100_000);

    /// <summary>An average becomes momentum times itself + (1 - momentum) times the batch's; below 1.</summary>
    public Ratio Momentum { get; init; } = UsualMomentum;

    /// <summary>Added to the variance.</summary>
    public Ratio Epsilon { get; init; } = UsualEpsilon;

    /// <inheritdoc/>
    public override Layer ToLayer() => new BatchNorm(this);

    /// <summary>
    /// True: Fixup in its place (Zhang, Dauphin, Ma 2019), gamma x + beta without statistics. The weights of residual branches then begin smaller,
    /// and their last ones and those of the scores as zeros.
    /// </summary>
    public bool IsFixup { get; init; }

    internal override string Words => IsFixup ? "Fixup" : "batch norm";

    internal override string Prefix => IsFixup ? "fixup" : NamePrefix;

    internal override Wording Way => $"leave {new Term(TermKind.BatchNorm)} away";

    /// <summary>The layer in words: "batch norm", and what is not usual.</summary>
    public override string ToString() => string.Concat(
        Words, Momentum == UsualMomentum ? string.Empty : $", momentum {Momentum}", Epsilon == UsualEpsilon ? string.Empty : $", epsilon {Epsilon}");
}

/// <summary>Dropout: a step makes each element 0 with the probability <paramref name="Rate"/>, and divides the others by 1 - rate.</summary>
/// <param name="Rate">Below 1.</param>
public sealed record DropoutSpec(Ratio Rate) : SchemeLayerSpec
{
    internal const string NamePrefix = "dropout";

    internal override string Words => "dropout";

    internal override string Prefix => NamePrefix;

    internal override Wording Way => "leave it away";

    /// <summary>"dropout 1/2".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Words} {Rate}");
}

/// <summary>min(max(x, 0), 6).</summary>
public sealed record Relu6Spec : SchemeLayerSpec
{
    internal override string Words => "ReLU6";

    internal override string Prefix => Relu.NamePrefix;

    internal override Wording Way => $"take {new Term(TermKind.Relu)}";
}

/// <summary>
/// The shortcut of He et al. 2016, option A, without weights: every <paramref name="Stride"/>-th row and column from the first, and behind the
/// channels of the input as many of zeros as are missing. y[n,i,j,c] = x[n, i stride, j stride, c], 0 from the input's channels on.
/// </summary>
/// <param name="Channels">Of the output, at least the input's.</param>
/// <param name="Stride">At least 1.</param>
public sealed record SubsampleSpec(int Channels, int Stride = 2) : SchemeLayerSpec
{
    internal const string NamePrefix = "subsample";

    /// <inheritdoc/>
    public override Layer ToLayer() => new Subsample(this);

    internal override string Words => "subsampling";

    internal override string Prefix => NamePrefix;

    internal override Wording Way => "take a 1x1 convolution of this stride";

    /// <summary>"subsample, stride 2".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}, stride {Stride}");

    /// <summary>Behind a ReLU a channel of zeros learns where a branch adds something, but Fixup's branches begin with zeros too.</summary>
    /// <param name="name">"residual1".</param>
    /// <param name="channels">Of the input.</param>
    /// <exception cref="WageException">There would be such channels.</exception>
    internal void RequireAlive(string name, int channels)
    {
        if (Channels > channels)
            throw new WageException(
                $"{name}: subsampling adds {Channels - channels} channels of zeros to a branch that Fixup begins with zeros, " +
                "so they would never learn.",
                $"take {new Term(TermKind.Projection)}.");
    }

    /// <summary>The extents of its output.</summary>
    /// <param name="name">"subsample1", for the message.</param>
    /// <param name="input">[N,H,W,C].</param>
    /// <exception cref="WageException">The input has more channels, or is no image, or the output is too large.</exception>
    internal Shape OutputOf(string name, Shape input)
    {
        if (Stride < 1) throw new WageException($"{name}: stride {Stride} must be at least 1.");
        if (input.Rank != 4 || input[3] > Channels)
            throw new WageException(
                $"{name}: {(input.Rank != 4 ? "takes images" : $"gives {Channels} channels")}, but its input is {input}.",
                input.Rank != 4 ? "put it before the flatten." : $"take {input[3]} channels or more.");
        var (height, width) = (((input[1] - 1) / Stride) + 1, ((input[2] - 1) / Stride) + 1);
        var most = Int128.Max((Int128)input[0] * height * width, input[3]) * Channels;
        return most <= int.MaxValue ? new Shape(input[0], height, width, Channels)
            : throw new WageException(
                $"{name}: needs {most} elements; a tensor has at most {int.MaxValue}.", "take a smaller batch or fewer channels.");
    }
}

/// <summary>The outputs of branches of one input, behind each other along the channels; a branch without layers is the input itself.</summary>
public sealed record ConcatSpec(SpecList<SpecList<LayerSpec>> Branches) : SchemeLayerSpec
{
    internal const string NamePrefix = "concat";

    internal override string Words => "concatenation";

    internal override string Prefix => NamePrefix;

    internal override Wording Way => "take a residual sum";
}
