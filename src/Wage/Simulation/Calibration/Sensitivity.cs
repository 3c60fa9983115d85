using Wage.Data;
using Wage.Models;
using Wage.Simulation.Conversion;
using Wage.Simulation.Layers;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Calibration;

/// <summary>The signal-to-noise ratio of a tensor in decibels, 10 log10 (sum x^2 / sum error^2); infinite where nothing is lost.</summary>
/// <param name="Name">"conv1".</param>
/// <param name="Bits">k.</param>
/// <param name="Range">The values that have codes; of weights with a grid for each filter the widest.</param>
/// <param name="Own">Of its own codes: the float32 network's values, rounded.</param>
/// <param name="Arriving">Of activations what arrives there in the quantized network, with the errors of all layers before; null of weights.</param>
internal sealed record TensorNoise(string Name, int Bits, (double Least, double Greatest) Range, double Own, double? Arriving);

/// <summary>What a layer's codes cost: with those of this layer alone, and with those of all layers but this one.</summary>
/// <param name="Name">"conv1".</param>
/// <param name="Only">Only its weights and activations have codes.</param>
/// <param name="Others">Those of all others.</param>
internal sealed record LayerSensitivity(string Name, Answers Only, Answers Others);

/// <summary>How a network answers.</summary>
/// <param name="Correct">Images whose label it gives.</param>
/// <param name="Images">The images.</param>
/// <param name="Scores">The signal-to-noise ratio of its scores to the float32 network's, in decibels.</param>
internal readonly record struct Answers(long Correct, long Images, double Scores);

/// <summary>What post-training quantization costs, tensor by tensor and layer by layer.</summary>
internal static class Sensitivity
{
    /// <summary>Of the weights of each product, in the network's order.</summary>
    public static IReadOnlyList<TensorNoise> OfWeights(PostTraining work)
    {
        work.Network.Prepare();
        return [.. CodedProduct.In(work.Network).Select(product =>
        {
            var sum = default(NoiseSum);
            sum.Add(product.Exact.Span, product.Coded.Span);
            var quantizer = product.Quantizer;
            var widest = quantizer.Grids.ToArray().MaxBy(grid => grid.Greatest - grid.Least);
            return new TensorNoise(product.Name, quantizer.Rule.Bits, (widest.Least, widest.Greatest), sum.Decibels, null);
        })];
    }

    /// <summary>Of the activations at each place with codes, on these images.</summary>
    public static IReadOnlyList<TensorNoise> OfActivations(PostTraining work, ImageSet images)
    {
        var targets = PostTraining.Targets(work.Network);
        var places = work.Observer.Sites.Where(site => targets.ContainsKey(site.Name)).ToList();
        var (own, arriving) = (new NoiseSum[places.Count], new NoiseSum[places.Count]);
        FloatPasses.Run([work.Exact, work.Network], images, (_, count, _) =>
        {
            for (var i = 0; i < places.Count; i++)
            {
                var exact = FloatPasses.First(places[i].Values, count);
                var fake = targets[places[i].Name];
                var grid = fake.Range.Grid(fake.Bits);
                foreach (var value in exact) own[i].Add(value, grid.Value(grid.Code(value)));
                arriving[i].Add(exact, FloatPasses.First(fake.Output, count));
            }
        });
        return [.. places.Select((place, i) =>
        {
            var (bits, grid) = (targets[place.Name].Bits, targets[place.Name].Range.Grid(targets[place.Name].Bits));
            return new TensorNoise(place.Name, bits, (grid.Least, grid.Greatest), own[i].Decibels, arriving[i].Decibels);
        })];
    }

    /// <summary>Each layer with codes, the one that hurts the scores most first.</summary>
    public static IReadOnlyList<LayerSensitivity> OfLayers(PostTraining work, ImageSet images, Action<string>? progress = null)
    {
        string[] names =
        [
            .. work.Network.Layers.All.Where(layer => layer is FakeActivations or FoldedConvolution or FloatConvolution { Weights: FakeWeights })
                .Select(layer => layer.Name).Distinct(),
        ];
        var scores = Scores(work.Exact, images);
        return [.. names.Select(name =>
        {
            progress?.Invoke(name);
            return new LayerSensitivity(name, Of(names.Where(other => other != name)), Of([name]));
        }).OrderBy(layer => layer.Only.Scores)];

        Answers Of(IEnumerable<string> kept)
        {
            using var network = work.Without([.. kept]);
            return Compare(network, images, scores);
        }
    }

    /// <summary>The scores of the images, [images, classes].</summary>
    public static float[] Scores(FloatNetwork network, ImageSet images)
    {
        var (scores, classes) = (new float[images.Count * network.Classes], network.Classes);
        FloatPasses.Run([network], images, (first, count, values) => FloatPasses.First(values, count).CopyTo(scores.AsSpan(first * classes)));
        return scores;
    }

    /// <summary>A network's answers beside these scores.</summary>
    public static Answers Compare(FloatNetwork network, ImageSet images, float[] exact)
    {
        var (sum, correct, classes, scores) = (default(NoiseSum), 0L, network.Classes, Scores(network, images));
        sum.Add(exact, scores);
        for (var n = 0; n < images.Count; n++)
            correct += FloatLoss.FirstGreatest(scores.AsSpan(n * classes, classes)) == images.Labels[n] ? 1 : 0;
        return new Answers(correct, images.Count, sum.Decibels);
    }

    /// <summary>The images whose label the converted integers give.</summary>
    /// <exception cref="WageException">The network does not convert; what does not is named.</exception>
    public static long IntegersCorrect(PostTraining work, ImageSet images)
    {
        var plan = AffineConverter.Of(work.Network, ((AffineScheme)work.Network.Build.Scheme).Rounding).Plan;
        using var model = new IntegerModel(plan, work.Network.Backend, work.Network.ImageShape[0]);
        var (scores, classes, correct) = (model.Scores(images.Pixels, images.Count), work.Network.Classes, 0L);
        for (var n = 0; n < images.Count; n++)
        {
            var best = 0;
            for (var c = 1; c < classes; c++)
                if (scores[(n * classes) + c] > scores[(n * classes) + best]) best = c;
            correct += best == images.Labels[n] ? 1 : 0;
        }

        return correct;
    }
}
