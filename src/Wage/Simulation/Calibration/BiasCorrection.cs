using Wage.Data;
using Wage.Simulation.Layers;

namespace Wage.Simulation.Calibration;

/// <summary>
/// Bias correction (Nagel et al. 2019, section 4.2): codes of weights move the mean of each filter's output, by E[conv(x, Q(w) - w)]. It is measured
/// with the float32 network's own inputs x on the calibration images, over images and positions, and taken off the bias or off beta.
/// </summary>
internal static class BiasCorrection
{
    /// <summary>What the codes add to each filter's mean, by the products' names.</summary>
    public static IReadOnlyDictionary<string, float[]> Measure(FloatNetwork exact, FloatNetwork coded, ImageSet images)
    {
        coded.Prepare();
        var inputs = exact.Layers.All.OfType<FloatConvolution>().ToDictionary(product => product.Name, StringComparer.Ordinal);
        var errors = CodedProduct.In(coded).Select(product => new MeanError(exact, product, inputs[product.Name])).ToList();
        FloatPasses.Run(exact, images, (_, count) => errors.ForEach(error => error.Add(count)));
        return errors.ToDictionary(error => error.Name, error => error.Means, StringComparer.Ordinal);
    }

    private sealed class MeanError
    {
        private readonly FloatNetwork network;
        private readonly CodedProduct product;
        private readonly FloatConvolution at;
        private readonly FloatTensor difference;
        private readonly FloatTensor output;
        private readonly double[] sums;
        private long count;

        public MeanError(FloatNetwork network, CodedProduct product, FloatConvolution at)
        {
            (this.network, this.product, this.at) = (network, product, at);
            (difference, output) = (new FloatTensor(product.Exact.Shape), new FloatTensor(product.Geometry.OutputShape));
            sums = new double[product.Geometry.Filters];
            for (var i = 0; i < difference.Span.Length; i++) difference.Span[i] = product.Coded.Span[i] - product.Exact.Span[i];
        }

        public string Name => product.Name;

        public float[] Means => Array.ConvertAll(sums, sum => (float)(sum / count));

        public void Add(int images)
        {
            network.Build.Engine.Convolve(at.Input, difference, null, product.Geometry, output);
            var values = FloatPasses.First(output, images);
            for (var i = 0; i < values.Length; i += sums.Length)
            {
                for (var c = 0; c < sums.Length; c++) sums[c] += values[i + c];
            }

            count += values.Length / sums.Length;
        }
    }
}
