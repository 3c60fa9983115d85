namespace Wage.Export.C;

/// <summary>
/// Where a training step keeps the activations, masks and errors of its batch: a layer's activations until the next layer has learned, its mask until
/// errors have passed it, behind a pooling until it has learned, and its errors from the layer behind on until it has learned. Nothing that is
/// needed at once shares bytes.
/// </summary>
internal sealed class TrainingMemory
{
    private readonly List<(long First, long Last, long Offset, long Bytes, bool IsWide)> placed = [];

    /// <summary>Places everything.</summary>
    /// <param name="layers">From the image to the scores.</param>
    /// <param name="first">The first layer that learns.</param>
    /// <param name="batch">The most images of a step.</param>
    /// <param name="isWide">Whether errors are of 16 bits; they have an array of their own.</param>
    public TrainingMemory(IReadOnlyList<TrainedLayer> layers, int first, int batch, bool isWide)
    {
        var last = layers.Count - 1;
        (Outputs, Masks, Errors) = (new long[layers.Count], new long[layers.Count], new long[layers.Count]);
        var wanted = new List<(long[] To, int Layer, int First, int Last, bool IsWide)>();
        for (var l = 0; l <= last; l++)
        {
            (Outputs[l], Masks[l], Errors[l]) = (-1, -1, -1);
            if (l < last) wanted.Add((Outputs, l, l, l + 1 < first ? l + 1 : Back(l + 1), false));
            if (l >= first && l < last) wanted.Add((Masks, l, l, layers[l].Pool is null ? Back(l + 1) : Back(l), false));
            if (l >= first) wanted.Add((Errors, l, l == last ? l : Back(l + 1), Back(l), isWide));
        }

        foreach (var (to, l, from, until, wide) in wanted.OrderByDescending(one => layers[one.Layer].Outputs).ThenBy(one => one.First))
            to[l] = Place(from, until, (long)layers[l].Outputs * batch, wide);
        Bytes = placed.Where(one => !one.IsWide).Select(one => one.Offset + one.Bytes).DefaultIfEmpty(1).Max();
        WideErrors = placed.Where(one => one.IsWide).Select(one => one.Offset + one.Bytes).DefaultIfEmpty(0).Max();

        int Back(int layer) => last + 1 + (last - layer);
    }

    /// <summary>The first byte of each layer's activations; -1: it has none.</summary>
    public long[] Outputs { get; }

    /// <summary>The same of masks.</summary>
    public long[] Masks { get; }

    /// <summary>The first element of each layer's errors.</summary>
    public long[] Errors { get; }

    /// <summary>The array of bytes.</summary>
    public long Bytes { get; }

    /// <summary>The elements of the array of errors of 16 bits; 0: there is none.</summary>
    public long WideErrors { get; }

    private long Place(long first, long last, long bytes, bool isWide)
    {
        var others = placed.Where(one => one.IsWide == isWide && one.First <= last && first <= one.Last).ToArray();
        var offset = others.Select(one => one.Offset + one.Bytes).Append(0)
            .Where(at => others.All(one => at >= one.Offset + one.Bytes || at + bytes <= one.Offset)).Min();
        placed.Add((first, last, offset, bytes, isWide));
        return offset;
    }
}
