using Wage.Backends;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>What convolutions share: a kernel that steps over a padded image.</summary>
/// <param name="kernel">Height and width of the kernel.</param>
/// <param name="stride">Step in both directions.</param>
/// <param name="padding">SAME, VALID or explicit zeros.</param>
public abstract class ConvolutionLayer((int Height, int Width) kernel, int stride, ConvPadding padding) : ProductLayer
{
    private protected (int Height, int Width) Kernel => kernel;

    private protected int Stride => stride;

    private protected ConvPadding Padding => padding;

    private protected sealed override string Prefix => "conv";

    /// <summary>The filters and the groups for this many channels; throws a <see cref="WageException"/> when they do not fit.</summary>
    private protected abstract (int Filters, int Groups) Divided(int channels);

    /// <summary>"3x3 conv, same, stride 2".</summary>
    private protected string Words(string what) =>
        $"{kernel.Height}x{kernel.Width} {what}, {padding}{(stride == 1 ? string.Empty : $", stride {stride}")}";

    private protected sealed override ConvGeometry Geometry(Shape input)
    {
        if (input.Rank != 4)
            throw new WageException(
                $"{Name}: takes images [N,H,W,C], but its input is {input}.",
                "place it before layers that end images, such as Flatten and Dense.");
        if (kernel.Height < 1 || kernel.Width < 1 || stride < 1)
            throw new WageException($"{Name}: kernel {kernel.Height}x{kernel.Width} and stride {stride} must be at least 1.");
        var (filters, groups) = Divided(input[3]);
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
        return new ConvGeometry(input[0], input[1], input[2], input[3], filters, kernel.Height, kernel.Width, stride, zeros, groups);
    }

    private protected sealed override Shape WeightShape(ConvGeometry geometry) => geometry.WeightShape;

    private protected sealed override Shape OutputShape(ConvGeometry geometry) => geometry.OutputShape;
}
