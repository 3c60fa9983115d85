namespace Wage.Gpu.TensorCores;

/// <summary>
/// A product whose rows are windows of images: C[m,f] = sum over ky, kx, c of source[n, row, column, c] * weights[f,ky,kx,c],
/// where m = (n,y,x), row = (y Stride + ky - Top) / 2^Spread and column likewise; what lies outside the image or does not divide
/// is 0. Forward products have Spread 0, error products Stride 1.
/// </summary>
internal struct WindowShape
{
    /// <summary>Positions of the output: images * OutputHeight * OutputWidth.</summary>
    public int Rows;

    /// <summary>Columns of C: filters.</summary>
    public int Columns;

    /// <summary>Terms: KH * KW * Channels.</summary>
    public int Terms;

    /// <summary>Rows of a source image.</summary>
    public int Height;

    /// <summary>Columns of a source image.</summary>
    public int Width;

    /// <summary>Channels of a source image, a multiple of 16.</summary>
    public int Channels;

    /// <summary>Rows of an output image (pooled).</summary>
    public int OutputHeight;

    /// <summary>Columns of an output image (pooled).</summary>
    public int OutputWidth;

    /// <summary>Rows of the kernel.</summary>
    public int KernelHeight;

    /// <summary>Columns of the kernel.</summary>
    public int KernelWidth;

    /// <summary>From one window to the next.</summary>
    public int Stride;

    /// <summary>log2 of the zeros between source elements, plus one.</summary>
    public int Spread;

    /// <summary>Rows of zeros above.</summary>
    public int Top;

    /// <summary>Columns of zeros to the left.</summary>
    public int Left;

    /// <summary>Parts into which the terms are split; their sums meet by addition in memory.</summary>
    public int Splits;
}
