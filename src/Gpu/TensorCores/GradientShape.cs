namespace Wage.Gpu.TensorCores;

/// <summary>
/// A weight gradient:
/// C[f,(ky,kx,c)] = sum over positions p = (n,y,x) of error[p,f] * image[n, y Stride + ky - Top, x Stride + kx - Left, c];
/// what lies outside the image is 0.
/// </summary>
internal struct GradientShape
{
    /// <summary>Rows of C: filters, a multiple of 16.</summary>
    public int Rows;

    /// <summary>Columns of C: KH * KW * Channels.</summary>
    public int Columns;

    /// <summary>Terms: positions.</summary>
    public int Terms;

    /// <summary>Rows of an image.</summary>
    public int Height;

    /// <summary>Columns of an image.</summary>
    public int Width;

    /// <summary>Channels of an image, a multiple of 16.</summary>
    public int Channels;

    /// <summary>Rows of the error.</summary>
    public int OutputHeight;

    /// <summary>Columns of the error.</summary>
    public int OutputWidth;

    /// <summary>Columns of the kernel.</summary>
    public int KernelWidth;

    /// <summary>From one window to the next.</summary>
    public int Stride;

    /// <summary>Rows of zeros above.</summary>
    public int Top;

    /// <summary>Columns of zeros to the left.</summary>
    public int Left;

    /// <summary>Parts into which the terms are split; their sums meet by addition in memory.</summary>
    public int Splits;
}
