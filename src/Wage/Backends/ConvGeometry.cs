using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>
/// The extents of one convolution: x [N,H,W,C], w [F,KH,KW,C/G], output [N,OH,OW,F]. A dense layer is the case
/// H = W = KH = KW = 1: x [N,C], w [F,C], output [N,F]. With G groups, which divide C and F, the F/G filters of group i read its C/G channels
/// alone, from i C/G on; G = C is a depthwise convolution.
/// </summary>
public readonly record struct ConvGeometry(
    int Batch,
    int Height,
    int Width,
    int Channels,
    int Filters,
    int KernelHeight,
    int KernelWidth,
    int Stride,
    Padding Padding,
    int Groups = 1)
{
    /// <summary>A dense layer.</summary>
    public static ConvGeometry Dense(int batch, int inputs, int outputs) => new(batch, 1, 1, inputs, outputs, 1, 1, 1, Padding.None);

    /// <summary>OH = floor((H + top + bottom - KH) / stride) + 1.</summary>
    public int OutputHeight => ((Height + Padding.Top + Padding.Bottom - KernelHeight) / Stride) + 1;

    /// <summary>OW = floor((W + left + right - KW) / stride) + 1.</summary>
    public int OutputWidth => ((Width + Padding.Left + Padding.Right - KernelWidth) / Stride) + 1;

    /// <summary>C / G: the channels that a filter reads. Without groups nothing is divided: loops ask for it.</summary>
    public int GroupChannels => Groups == 1 ? Channels : Channels / Groups;

    /// <summary>F / G: the filters that read a channel.</summary>
    public int GroupFilters => Groups == 1 ? Filters : Filters / Groups;

    /// <summary>KH * KW * C / G: the terms of one output.</summary>
    public int FanIn => KernelHeight * KernelWidth * GroupChannels;

    /// <summary>KH * KW * F / G: the most terms of one input's error.</summary>
    public int FanOut => KernelHeight * KernelWidth * GroupFilters;

    /// <summary>N * OH * OW: the terms of one weight's gradient.</summary>
    public int Positions => checked(Batch * OutputHeight * OutputWidth);

    /// <summary>The product that sums the errors of each filter over images and positions: its input is 1 everywhere.</summary>
    internal ConvGeometry BiasGradient => Dense(Positions, 1, Filters);

    /// <summary>[N,H,W,C].</summary>
    public Shape InputShape => new(Batch, Height, Width, Channels);

    /// <summary>[F,KH,KW,C/G].</summary>
    public Shape WeightShape => new(Filters, KernelHeight, KernelWidth, GroupChannels);

    /// <summary>[N,OH,OW,F].</summary>
    public Shape OutputShape => new(Batch, OutputHeight, OutputWidth, Filters);

    /// <summary>Whether it is a matrix product; where there is no border, it does not matter what would be read there.</summary>
    internal bool IsDense => (Height, Width, KernelHeight, KernelWidth) == (1, 1, 1, 1) && Padding with { Value = 0 } == Padding.None;

    /// <summary>A dense product whose filters all read every channel: a matrix.</summary>
    internal bool IsMatrix => IsDense && Groups == 1;

    /// <summary>Whether a filter reads one channel, in few enough taps for the CPU engine's own loops.</summary>
    internal bool IsDepthwise => Groups > 1 && GroupChannels == 1 && KernelHeight * KernelWidth <= DepthwiseTaps.Most;

    /// <summary>One group alone.</summary>
    internal ConvGeometry Group => this with { Channels = GroupChannels, Filters = GroupFilters, Groups = 1 };

    /// <summary>Elements of the input.</summary>
    internal long InputLength => (long)Batch * Height * Width * Channels;

    /// <summary>Elements of the weights.</summary>
    internal long WeightLength => (long)Filters * FanIn;

    /// <summary>Elements of the output.</summary>
    internal long OutputLength => (long)Positions * Filters;

    /// <summary>Multiply-accumulates of one product (forward, error or gradient) for one image.</summary>
    public long MacsPerImage => (long)OutputHeight * OutputWidth * Filters * FanIn;
}

/// <summary>Rows and columns around an image, of zeros unless it is said.</summary>
public readonly record struct Padding(int Top, int Left, int Bottom, int Right)
{
    /// <summary>
    /// What a forward product and a gradient read there, an Int8: the zero point of codes, so that it stands for 0.
    /// </summary>
    public int Value { get; init; }

    /// <summary>VALID: no padding.</summary>
    public static Padding None => default;

    /// <summary>SAME: the output is ceil(input / stride); an odd row or column of zeros goes below or to the right (TensorFlow's rule).</summary>
    public static Padding Same(int height, int width, int kernelHeight, int kernelWidth, int stride)
    {
        var (top, bottom) = Split(height, kernelHeight, stride);
        var (left, right) = Split(width, kernelWidth, stride);
        return new Padding(top, left, bottom, right);
    }

    private static (int Before, int After) Split(int extent, int kernel, int stride)
    {
        var output = (extent + stride - 1) / stride;
        var total = Math.Max(0, ((output - 1) * stride) + kernel - extent);
        return (total / 2, total - (total / 2));
    }
}

/// <summary>
/// The extents of a pooling: x [N,H,W,C], windows of Window x Window every Stride, no padding; a remainder at the edge is not read.
/// </summary>
public readonly record struct PoolGeometry(int Batch, int Height, int Width, int Channels, int WindowHeight, int WindowWidth, int Stride)
{
    /// <summary>floor((H - window) / stride) + 1.</summary>
    public int OutputHeight => checked(((Height - WindowHeight) / Stride) + 1);

    /// <summary>floor((W - window) / stride) + 1.</summary>
    public int OutputWidth => checked(((Width - WindowWidth) / Stride) + 1);

    /// <summary>Elements of a window; at most 255 for a max pool, whose positions are bytes.</summary>
    public int Window => checked(WindowHeight * WindowWidth);

    /// <summary>[N,H,W,C].</summary>
    public Shape InputShape => new(Batch, Height, Width, Channels);

    /// <summary>[N,OH,OW,C].</summary>
    public Shape OutputShape => new(Batch, OutputHeight, OutputWidth, Channels);

    /// <summary>Elements of the input.</summary>
    internal long InputLength => (long)Batch * Height * Width * Channels;

    /// <summary>Elements of the output.</summary>
    internal long OutputLength => (long)Batch * OutputHeight * OutputWidth * Channels;
}
