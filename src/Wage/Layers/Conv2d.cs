using Wage.Backends;
using Wage.Models;

namespace Wage.Layers;

/// <summary>
/// A convolution: input [N,H,W,C], weights [filters,kernel,kernel,C/groups], output [N,OH,OW,filters]. The channels and the filters are
/// cut into groups, and a filter reads the channels of its own group alone.
/// </summary>
/// <param name="filters">Output channels.</param>
/// <param name="kernel">Height and width of the kernel.</param>
/// <param name="stride">Step in both directions.</param>
/// <param name="padding">SAME, VALID or explicit zeros.</param>
/// <param name="groups">Divides the channels and the filters.</param>
public sealed class Conv2d(int filters, (int Height, int Width) kernel, int stride, ConvPadding padding, int groups = 1)
    : ConvolutionLayer(kernel, stride, padding)
{
    /// <summary>A square kernel.</summary>
    public Conv2d(int filters, int kernel, int stride = 1, ConvPadding? padding = null, int groups = 1)
        : this(filters, (kernel, kernel), stride, padding ?? ConvPadding.Same, groups)
    {
    }

    /// <inheritdoc/>
    public override LayerSpec Spec => new ConvSpec(filters, Kernel, Padding, Stride, groups, Bias);

    private protected override string Kind => Words("conv") + (groups == 1 ? string.Empty : $", {groups} groups");

    private protected override (int Filters, int Groups) Divided(int channels)
    {
        if (filters < 1) throw new WageException($"{Name}: filters is {filters}, but must be at least 1.");
        return groups >= 1 && channels % groups == 0 && filters % groups == 0
            ? (filters, groups)
            : throw new WageException(
                $"{Name}: groups is {groups}, but must divide the {channels} channels of its input and its {filters} filters.");
    }
}

/// <summary>How a convolution pads: SAME, VALID, or given zeros.</summary>
public sealed record ConvPadding
{
    private readonly string name;
    private readonly Padding? zeros;

    private ConvPadding(string name, Padding? zeros) => (this.name, this.zeros) = (name, zeros);

    /// <summary>Output = ceil(input / stride).</summary>
    public static ConvPadding Same { get; } = new("same", null);

    /// <summary>No padding.</summary>
    public static ConvPadding Valid { get; } = new("valid", Padding.None);

    /// <summary>These zeros.</summary>
    public static ConvPadding Explicit(int top, int left, int bottom, int right) =>
        new($"pad {top},{left},{bottom},{right}", new Padding(top, left, bottom, right));

    /// <summary>"same", "valid" or "pad 1,1,1,1".</summary>
    public override string ToString() => name;

    /// <summary>The zeros for this input.</summary>
    internal Padding For(int height, int width, int kernelHeight, int kernelWidth, int stride) =>
        zeros ?? Padding.Same(height, width, kernelHeight, kernelWidth, stride);
}
