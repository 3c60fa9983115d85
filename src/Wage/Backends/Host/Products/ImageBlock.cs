using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Some neighbouring images of a batch. A product that does not end image by image in its stage takes as many at a time as have at most
/// <see cref="MostBytes"/> of sums: the stage reads them while they are in a cache, and no tensor of all sums is stored.
/// </summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many.</param>
/// <param name="Batch">Of all.</param>
internal readonly record struct ImageBlock(int First, int Count, int Batch)
{
    /// <summary>A second-level cache of today's processors.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>A weight is packed for each block, which takes as long as some hundred products: it is to have more.</summary>
    private const int LeastProducts = 4096;

    /// <summary>
    /// The images of a block, of which each has so many bytes of sums; where <see cref="MostBytes"/> were too few images for the weights, more.
    /// </summary>
    public static int Images(in ConvGeometry g, long imageBytes) =>
        (int)Math.Min(g.Batch, Math.Max(MostBytes / imageBytes, 1 + (LeastProducts / (g.OutputHeight * g.OutputWidth))));

    /// <summary>The blocks of a batch.</summary>
    public static ImageBlock Next(int first, int images, int batch) => new(first, Math.Min(images, batch - first), batch);

    /// <summary>Their part of a tensor of the whole batch, which it is itself where they are all.</summary>
    public Tensor Of(Tensor whole) => Count == Batch ? whole
        : ((HostTensor)whole).Part(First * (whole.Length / Batch), new Shape(Count * (whole.Length / Batch)));

    /// <summary>Their part of a stage's tensors; random bits are those of the whole.</summary>
    public StageTensors Of(in StageTensors t) => Count == Batch ? t : t with
    {
        Output = Of(t.Output),
        Mask = t.Mask is null ? null : Of(t.Mask),
        Gate = t.Gate is null ? null : Of(t.Gate),
        FirstRandom = t.FirstRandom + (First * (t.Output.Length / Batch)),
    };
}
