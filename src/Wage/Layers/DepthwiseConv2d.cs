using Wage.Models;

namespace Wage.Layers;

/// <summary>
/// A depthwise convolution, in which every channel has filters of its own: input [N,H,W,C], weights [C multiplier,kernel,kernel,1],
/// output [N,OH,OW,C multiplier]. Output channel c multiplier + m is filter m of channel c.
/// </summary>
/// <param name="multiplier">Filters of a channel.</param>
/// <param name="kernel">Height and width of the kernel.</param>
/// <param name="stride">Step in both directions.</param>
/// <param name="padding">SAME, VALID or explicit zeros.</param>
public sealed class DepthwiseConv2d(int multiplier, (int Height, int Width) kernel, int stride, ConvPadding padding)
    : ConvolutionLayer(kernel, stride, padding)
{
    /// <summary>A square kernel.</summary>
    public DepthwiseConv2d(int multiplier, int kernel, int stride = 1, ConvPadding? padding = null)
        : this(multiplier, (kernel, kernel), stride, padding ?? ConvPadding.Same)
    {
    }

    /// <inheritdoc/>
    public override LayerSpec Spec => new DepthwiseSpec(multiplier, Kernel, Padding, Stride, Bias);

    private protected override string Kind => Words("depthwise conv") + (multiplier == 1 ? string.Empty : $", multiplier {multiplier}");

    private protected override (int Filters, int Groups) Divided(int channels) =>
        multiplier >= 1 && (long)channels * multiplier <= int.MaxValue
            ? (channels * multiplier, channels)
            : throw new WageException(
                $"{Name}: multiplier is {multiplier}, but must be at least 1 and give at most {int.MaxValue} filters for {channels} channels.");
}
