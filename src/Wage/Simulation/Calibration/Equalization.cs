using Wage.Simulation.Layers;

namespace Wage.Simulation.Calibration;

/// <summary>
/// Cross-layer equalization (Nagel et al. 2019, section 4.1): where nothing but batch norm, ReLU, poolings and flattening stand between two products,
/// channel c of the first is divided by s and the weights of the second that read it are multiplied by s, s = sqrt(r1 / r2) of the channel's greatest
/// weights, rounded to a power of two. So the network computes the same float32 scores to the last bit, and the channels span alike ranges. ReLU6 is
/// not homogeneous, so pairs with one stay as they are.
/// </summary>
internal static class Equalization
{
    private const int MostRounds = 32;

    /// <summary>Equalizes a float32 network, whose batch norms are layers of their own; the pairs, by the names of their products.</summary>
    public static IReadOnlyList<(string First, string Second)> Run(FloatChain chain)
    {
        var pairs = Pairs(chain).ToList();
        for (var (round, moved) = (0, true); round < MostRounds && moved; round++)
            moved = pairs.Aggregate(false, (any, pair) => Move(pair.First, pair.Second) | any);
        return [.. pairs.Select(pair => (pair.First.Name, pair.Second.Name))];
    }

    private static IEnumerable<(Scaled First, Scaled Second)> Pairs(FloatChain chain)
    {
        Scaled? open = null;
        for (var i = 0; i < chain.Layers.Count; i++)
        {
            switch (chain.Layers[i])
            {
                case FloatConvolution product:
                    var next = new Scaled(product, i + 1 < chain.Layers.Count ? chain.Layers[i + 1] as FloatBatchNorm : null);
                    if (open is { } first && next.CanReadFrom(first)) yield return (first, next);
                    open = next;
                    break;
                case FloatBatchNorm norm when open?.Norm == norm:
                case FloatMaxPool or FloatAveragePool or FloatShown or FloatDropout or ObservedActivations or FloatRelu { Limit: null }: break;
                case var other:
                    open = null;
                    foreach (var pair in FloatChain.ChainsIn(other).SelectMany(Pairs)) yield return pair;
                    break;
            }
        }
    }

    private static bool Move(Scaled first, Scaled second)
    {
        var moved = false;
        for (var c = 0; c < first.Filters; c++)
        {
            var (r1, r2) = (first.OfFilter(c), second.OfChannel(c, first.Filters));
            if (r1 == 0 || r2 == 0 || !double.IsFinite(r1 / r2)) continue;
            var exponent = (Math.ILogB(r1 / r2) + 1) >> 1;
            if (exponent == 0) continue;
            first.Divide(c, exponent);
            second.Multiply(c, first.Filters, exponent);
            moved = true;
        }

        return moved;
    }

    /// <summary>A product with the batch norm behind it.</summary>
    private sealed class Scaled(FloatConvolution product, FloatBatchNorm? norm)
    {
        private readonly FloatTensor weights = product.Weights.Parameter.Value;
        private readonly int terms = product.Geometry.FanIn;

        public string Name => product.Name;

        public FloatBatchNorm? Norm => norm;

        public int Filters => product.Geometry.Filters;

        /// <summary>The channels that the first product gives are this one's, or, flattened, positions of these.</summary>
        public bool CanReadFrom(Scaled first) => product.Geometry.Channels % first.Filters == 0
            && (product.Geometry.Channels == first.Filters || product.Geometry is { IsDense: true, Groups: 1 });

        /// <summary>The greatest weight of a filter, with batch norm's scale.</summary>
        public double OfFilter(int filter)
        {
            var most = 0f;
            foreach (var w in Row(filter)) most = Math.Max(most, Math.Abs(w));
            return most * Scale(filter);
        }

        /// <summary>The greatest weight that reads a channel.</summary>
        public double OfChannel(int channel, int channels)
        {
            var most = 0.0;
            ForEach(channel, channels, (filter, i) => most = Math.Max(most, Math.Abs(Row(filter)[i]) * Scale(filter)));
            return most;
        }

        public void Divide(int filter, int exponent)
        {
            if (norm is not null)
            {
                Shift(ref norm.Gamma.Value.Span[filter], -exponent);
                Shift(ref norm.Beta.Value.Span[filter], -exponent);
                return;
            }

            foreach (ref var w in Row(filter)) Shift(ref w, -exponent);
            if (product.Bias is { } bias) Shift(ref bias.Value.Span[filter], -exponent);
        }

        public void Multiply(int channel, int channels, int exponent) =>
            ForEach(channel, channels, (filter, i) => Shift(ref Row(filter)[i], exponent));

        private void ForEach(int channel, int channels, Action<int, int> at)
        {
            var (all, own) = (product.Geometry.Channels, product.Geometry.GroupChannels);
            for (var filter = 0; filter < Filters; filter++)
            {
                var first = filter / product.Geometry.GroupFilters * own;
                for (var i = 0; i < terms; i++)
                {
                    if ((first + (i % own)) % (all == channels ? all : channels) == channel) at(filter, i);
                }
            }
        }

        private Span<float> Row(int filter) => weights.Span.Slice(filter * terms, terms);

        private double Scale(int filter) => norm is null ? 1
            : Math.Abs((double)norm.Gamma.Value.Span[filter]) / Math.Sqrt(norm.Variance.Values.Span[filter] + norm.Epsilon);

        private static void Shift(ref float value, int exponent) => value = MathF.ScaleB(value, exponent);
    }
}
