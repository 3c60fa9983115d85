using Wage.Backends;

namespace Wage.Simulation.Products;

/// <summary>
/// A convolution's error as convolutions of stride 1. The inputs whose row is y0 and column x0, modulo the stride, meet the same taps of the kernel:
/// their errors are a convolution of e with these taps, last tap first. There are stride * stride such phases.
/// </summary>
internal readonly record struct ErrorPhase(ConvGeometry Forward, int Y0, int X0)
{
    /// <summary>Every phase.</summary>
    public static IEnumerable<ErrorPhase> Of(ConvGeometry g) =>
        from y in Enumerable.Range(0, g.Stride) from x in Enumerable.Range(0, g.Stride) select new ErrorPhase(g, y, x);

    /// <summary>Rows of inputs.</summary>
    public int Rows => (Forward.Height - Y0 + Forward.Stride - 1) / Forward.Stride;

    /// <summary>Columns of inputs.</summary>
    public int Columns => (Forward.Width - X0 + Forward.Stride - 1) / Forward.Stride;

    /// <summary>The first row of the kernel that these inputs meet; it may be past the kernel.</summary>
    public int FirstRow => (Y0 + Forward.Padding.Top) % Forward.Stride;

    /// <summary>The first column of the kernel that these inputs meet.</summary>
    public int FirstColumn => (X0 + Forward.Padding.Left) % Forward.Stride;

    /// <summary>Whether there are inputs, and taps that they meet.</summary>
    public bool HasTaps => Rows > 0 && Columns > 0 && FirstRow < Forward.KernelHeight && FirstColumn < Forward.KernelWidth;

    /// <summary>The convolution of e [N,OH,OW,F] that gives [N,Rows,Columns,C].</summary>
    public ConvGeometry Geometry
    {
        get
        {
            var g = Forward;
            var (height, width) = (Taps(g.KernelHeight, FirstRow), Taps(g.KernelWidth, FirstColumn));
            var top = height - 1 - ((Y0 + g.Padding.Top) / g.Stride);
            var left = width - 1 - ((X0 + g.Padding.Left) / g.Stride);
            var bottom = Rows - g.OutputHeight - top + height - 1;
            var right = Columns - g.OutputWidth - left + width - 1;
            return new ConvGeometry(
                g.Batch, g.OutputHeight, g.OutputWidth, g.Filters, g.Channels, height, width, 1, new Padding(top, left, bottom, right), g.Groups);
        }
    }

    /// <summary>The row of the kernel that is row <paramref name="row"/> of <see cref="Geometry"/>'s.</summary>
    public int KernelRow(int row) => FirstRow + ((Taps(Forward.KernelHeight, FirstRow) - 1 - row) * Forward.Stride);

    /// <summary>The column of the kernel that is column <paramref name="column"/> of <see cref="Geometry"/>'s.</summary>
    public int KernelColumn(int column) => FirstColumn + ((Taps(Forward.KernelWidth, FirstColumn) - 1 - column) * Forward.Stride);

    /// <summary>The position in [N,H,W] of an input of the phase.</summary>
    public nint Pixel(int n, int row, int column) =>
        ((((nint)n * Forward.Height) + Y0 + (row * Forward.Stride)) * Forward.Width) + X0 + (column * Forward.Stride);

    private int Taps(int kernel, int first) => (kernel - first + Forward.Stride - 1) / Forward.Stride;
}
