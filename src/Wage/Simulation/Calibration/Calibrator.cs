using Wage.Data;
using Wage.Simulation.Conversion;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Calibration;

/// <summary>
/// Gives activations their ranges: the float32 network answers images, as in an evaluation, and its values at each place are measured. The least and
/// the greatest value come first; methods that look at the distribution pass over the images once more.
/// </summary>
/// <param name="network">The float32 network.</param>
/// <param name="scheme">Its scheme.</param>
internal sealed class Calibrator(FloatNetwork network, ObservingScheme scheme)
{
    /// <summary>Sets the ranges.</summary>
    /// <param name="targets">The places with codes, by their names.</param>
    /// <param name="images">The images.</param>
    /// <param name="options">The method.</param>
    /// <exception cref="WageException">A tensor has values that are not finite; it is named.</exception>
    public void Run(IReadOnlyDictionary<string, FakeActivations> targets, ImageSet images, CalibrationOptions options)
    {
        var places = scheme.Sites.Where(site => targets.ContainsKey(site.Name)).Select(site => new Place(site, targets[site.Name])).ToList();
        var isRunning = options.Method == CalibrationMethod.Running;
        if (isRunning) places.ForEach(place => place.Target.Range.Forget());
        FloatPasses.Run(network, images, (_, count) => places.ForEach(place => place.Measure(count, isRunning)));
        if (isRunning) return;
        if (options.Method != CalibrationMethod.Current)
        {
            places.ForEach(place => place.Begin());
            FloatPasses.Run(network, images, (_, count) => places.ForEach(place => place.Count(count)));
        }

        places.ForEach(place => place.Set(options));
    }

    private sealed class Place(ObservedActivations site, FakeActivations target)
    {
        private (float Least, float Greatest) ends;
        private ValueHistogram? values;

        public FakeActivations Target => target;

        public void Measure(int images, bool isRunning)
        {
            var (least, greatest) = (0f, 0f);
            foreach (var value in FloatPasses.First(site.Values, images))
                (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));        // a NaN stays
            LinearRange.Require(site.Name, least, greatest);
            if (isRunning) target.Range.Add(least, greatest);
            ends = (Math.Min(ends.Least, least), Math.Max(ends.Greatest, greatest));
        }

        public void Begin() => values = new ValueHistogram(ends.Least, ends.Greatest);

        public void Count(int images) => values!.Add(FloatPasses.First(site.Values, images));

        public void Set(CalibrationOptions options)
        {
            var (least, greatest) = options.Method switch
            {
                CalibrationMethod.Percentile => RangeSearch.Percentile(values!, options.Percentile),
                CalibrationMethod.SquaredError => RangeSearch.SquaredError(values!, site.Name, target.Bits),
                CalibrationMethod.Entropy => RangeSearch.Entropy(values!, target.Bits),
                _ => ends,
            };
            target.Range.Set(least, greatest);
        }
    }
}

/// <summary>Passes of networks over images, in the images' order, as evaluations make them.</summary>
internal static class FloatPasses
{
    /// <summary>Answers the images batch by batch.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">The images.</param>
    /// <param name="seen">Called with the first image and the images of each batch; the others of the batch are none.</param>
    public static void Run(FloatNetwork network, ImageSet images, Action<int, int> seen) =>
        Run([network], images, (first, count, _) => seen(first, count));

    /// <summary>The same of several networks, which answer a batch before anybody is told; with the scores of the last one.</summary>
    public static void Run(FloatNetwork[] networks, ImageSet images, Action<int, int, FloatTensor> seen)
    {
        var sources = networks.Select(network => network.Take(images)).ToList();
        foreach (var network in networks) network.Prepare();
        var batch = networks[0].ImageShape[0];
        for (var first = 0; first < images.Count; first += batch)
        {
            FloatTensor? scores = null;
            for (var i = 0; i < networks.Length; i++)
            {
                sources[i].Load(first, Augmentation.None, default);
                scores = networks[i].Scores();
            }

            seen(first, Math.Min(batch, images.Count - first), scores!);
        }

        sources.ForEach(source => source.Dispose());
    }

    /// <summary>The values of the first images of a batch.</summary>
    public static ReadOnlySpan<float> First(FloatTensor values, int images) => values.Span[..(images * values.Shape.Stride)];
}
