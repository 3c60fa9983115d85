using Wage.Backends;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// A convolution without bias: input [N,H,W,C], weights [filters,kernel,kernel,C], output [N,OH,OW,filters].
/// </summary>
/// <param name="filters">Output channels.</param>
/// <param name="kernel">Height and width of the kernel.</param>
/// <param name="stride">Step in both directions.</param>
/// <param name="padding">SAME, VALID or explicit zeros.</param>
public sealed class Conv2d(int filters, (int Height, int Width) kernel, int stride, ConvPadding padding) : ProductLayer
{
    /// <summary>A square kernel.</summary>
    public Conv2d(int filters, int kernel, int stride = 1, ConvPadding? padding = null)
        : this(filters, (kernel, kernel), stride, padding ?? ConvPadding.Same)
    {
    }

    private protected override string Prefix => "conv";

    private protected override string Kind => $"{kernel.Height}x{kernel.Width} conv, {padding}{(stride == 1 ? string.Empty : $", stride {stride}")}";

    private protected override ConvGeometry Geometry(Shape input)
    {
        if (input.Rank != 4) throw new WageException($"{Name}: takes images [N,H,W,C], but its input is {input}.");
        if (filters < 1 || kernel.Height < 1 || kernel.Width < 1 || stride < 1)
            throw new WageException($"{Name}: filters {filters}, kernel {kernel.Height}x{kernel.Width} and stride {stride} must be at least 1.");
        var zeros = padding.For(input[1], input[2], kernel.Height, kernel.Width, stride);
        var least = Math.Min(Math.Min(zeros.Top, zeros.Bottom), Math.Min(zeros.Left, zeros.Right));
        var mostVertical = Math.Max(zeros.Top, zeros.Bottom);
        var mostHorizontal = Math.Max(zeros.Left, zeros.Right);
        if (least < 0 || mostVertical >= kernel.Height || mostHorizontal >= kernel.Width)
            throw new WageException($"{Name}: padding {padding} must be from 0 to less than the kernel {kernel.Height}x{kernel.Width}.");
        if (input[1] + zeros.Top + zeros.Bottom < kernel.Height || input[2] + zeros.Left + zeros.Right < kernel.Width)
            throw new WageException(
                $"{Name}: the {kernel.Height}x{kernel.Width} kernel is larger than its padded input {input}.",
                "use SAME padding, a smaller kernel or fewer poolings.");
        return new ConvGeometry(input[0], input[1], input[2], input[3], filters, kernel.Height, kernel.Width, stride, zeros);
    }

    private protected override Shape WeightShape(ConvGeometry geometry) => geometry.WeightShape;

    private protected override Shape OutputShape(ConvGeometry geometry) => geometry.OutputShape;
}

/// <summary>How a convolution pads: SAME, VALID, or given zeros.</summary>
public sealed class ConvPadding
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
