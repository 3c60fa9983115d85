using Wage.Tensors;

namespace Wage.Onnx;

/// <summary>
/// How a tensor of a plan lies in the graph: images as planes [N,C,H,W], as ONNX has them, anything else as rows [N,K], in the plan's own order,
/// rows of interleaved pixels.
/// </summary>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Channels">C, the innermost extent in the plan.</param>
/// <param name="IsPlanes">Whether it lies in planes.</param>
internal readonly record struct OnnxForm(int Height, int Width, int Channels, bool IsPlanes)
{
    /// <summary>Elements of an image.</summary>
    public int Length => Height * Width * Channels;

    /// <summary>Planes of images.</summary>
    public static OnnxForm Planes(int height, int width, int channels) => new(height, width, channels, true);

    /// <summary>Rows.</summary>
    public static OnnxForm Rows(int length) => new(1, 1, length, false);

    /// <summary>That of a tensor with this shape.</summary>
    public static OnnxForm Of(Shape shape) => shape.Rank == 4
        ? Planes(shape[1], shape[2], shape[3]) : new(1, shape.Stride / shape[shape.Rank - 1], shape[shape.Rank - 1], false);
}
