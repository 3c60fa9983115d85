namespace Wage.Tests.Traces;

/// <summary>
/// A traced step computed again from its weights, images and labels, and compared array by array. Chains with SSE and an eta of a power of two.
/// </summary>
internal sealed class ScalarRecomputation
{
    private readonly TracedStep step;
    private readonly List<ScalarBlock> blocks = [];
    private readonly bool halfEven;
    private readonly int activationBits;

    private ScalarRecomputation(TracedStep step)
    {
        (this.step, halfEven, activationBits) = (step, step.Word("rounding") == "halfEven", step.Whole("bits", "A"));
        var layers = step.Manifest["layers"]!.AsArray();
        for (var i = 0; i < layers.Count; i++)
        {
            var next = i + 1 < layers.Count ? layers[i + 1]! : null;
            if (layers[i]!["product"] is not null) blocks.Add(new ScalarBlock(layers[i]!, next?["pool"] is null ? null : next));
        }
    }

    /// <summary>What differs, over all steps.</summary>
    public static IReadOnlyList<string> Differences(string folder) => [.. TracedStep.All(folder).SelectMany(step =>
    {
        new ScalarRecomputation(step).Run();
        return step.Differences;
    })];

    private void Run()
    {
        foreach (var block in blocks)
        {
            block.Stored = step.Given(block.Name, "storedWeights");
            block.Weights = [.. block.Stored.Select(w => Quantized(w, step.Whole("bits", "G") - step.Whole("bits", "W"), step.Whole("bits", "W")))];
            step.Equal(block.Name, "weights", block.Weights);
        }

        var scores = Forward();
        var gradients = Backward(scores);
        foreach (var block in blocks) Update(block, gradients[block.Name]);
    }

    private long[] Forward()
    {
        var a = step.Given("input", "images");
        foreach (var block in blocks)
        {
            block.Input = a;
            var x = block.Forward();
            step.Equal(block.Name, "accumulators", x);
            if (block.PoolName is { } pool)
            {
                x = block.Pool(x);
                step.Equal(pool, "pooled", x);
                step.Equal(pool, "poolPositions", block.Positions);
            }

            if (block == blocks[^1])
            {
                step.Equal(block.Name, "scores", x);
                return x;
            }

            block.Sums = [.. x.Select(v => Math.Max(v, 0))];
            step.Equal(block.Name, "activationInputs", block.Sums);
            a = [.. block.Sums.Select(v => Quantized(v, block.WeightFractionBits, activationBits))];
            step.Equal(block.Name, "activations", a);
        }

        throw new InvalidOperationException("no layer has weights");
    }

    private Dictionary<string, long[]> Backward(long[] scores)
    {
        var (labels, gradients) = (step.Given("input", "labels"), new Dictionary<string, long[]>());
        var (classes, one) = (scores.Length / labels.Length, 1L << (activationBits - 1 + blocks[^1].WeightFractionBits));
        long[] delta = [.. scores.Select((s, i) => labels[i / classes] < 0 ? 0 : s - (labels[i / classes] == i % classes ? one : 0))];
        for (var i = blocks.Count - 1; i >= 0; i--)
        {
            var block = blocks[i];
            var isLast = i == blocks.Count - 1;
            if (!isLast) delta = [.. delta.Select((d, j) => Passes(block, j) ? d : 0)];
            var e = QuantizeErrors(block.Name, delta);
            if (!isLast) e = [.. e.Select((v, j) => block.Sums[j] > 0 ? v : 0)];
            if (block.PoolName is not null) e = block.PoolError(e);
            step.Equal(block.Name, "productErrors", e);
            var clip = Limit("W") << (step.Whole("bits", "G") - step.Whole("bits", "W"));
            var masked = (bool)step.Manifest["weightClipMask"]!;
            gradients[block.Name] = [.. block.Gradient(e).Select((g, j) => masked && Math.Abs(block.Stored[j]) > clip ? 0 : g)];
            step.Equal(block.Name, "gradients", gradients[block.Name]);
            if (i == 0) break;
            delta = block.Error(e);
            step.Equal(block.Name, "errorAccumulators", delta);
        }

        return gradients;
    }

    /// <summary>The derivative of Q_A's clip.</summary>
    private bool Passes(ScalarBlock block, int j)
    {
        var limit = Limit("A") << block.WeightFractionBits;
        return step.Word("activationClipMask") switch { "inclusive" => block.Sums[j] <= limit, "exclusive" => block.Sums[j] < limit, _ => true };
    }

    private long[] QuantizeErrors(string layer, long[] delta)
    {
        step.Equal(layer, "errorInputs", delta);
        var (most, bits) = (delta.Max(Math.Abs), step.Whole("bits", "E"));
        var shift = most == 0 ? 0 : ScalarMath.RoundedLog2(most) - (bits - 1);
        long[] e = [.. delta.Select(d => Quantized(d, shift, bits))];
        step.Equal(layer, "errors", e);
        step.Equal(layer, "errorShift", shift);
        return e;
    }

    private void Update(ScalarBlock block, long[] gradient)
    {
        var most = gradient.Max(Math.Abs);
        var scale = most == 0 ? 0 : ScalarMath.RoundedLog2(most);
        var dropped = most == 0 ? 0 : scale - ScalarMath.RoundedLog2(step.EtaNumerator) + ScalarMath.RoundedLog2(step.EtaDenominator);
        var exact = step.Word("randomizer") == "exact";
        var wide = exact && dropped > 32;
        var stream = (2u << 16) | (uint)block.Index;
        ulong[] words = [.. gradient.Select((_, i) => ScalarMath.Philox((ulong)step.Manifest["seed"]!, stream, (uint)step.Number, i, wide))];
        long[] moves = [.. gradient.Select((g, i) => Math.Sign(g) * Math.Min(exact
            ? Move(Math.Abs(g), dropped, words[i])
            : Move(ScalarMath.Divide(Math.Abs(g), dropped - 15, halfEven), 15, words[i]), short.MaxValue))];
        var (clip, storage) = (step.Whole("update", "clip"), step.Whole("update", "storage"));
        var clipFirst = (bool)step.Manifest["update"]!["clipFirst"]!;
        step.Equal(block.Name, "gradientShift", scale);
        step.Equal(block.Name, "randomWords", Array.ConvertAll(words, word => unchecked((long)word)));
        step.Equal(block.Name, "updates", moves);
        step.Equal(block.Name, "updatedWeights", [.. block.Stored.Select((w, i) => clipFirst
            ? ScalarMath.Clip(ScalarMath.Clip(w, clip) - moves[i], storage) : ScalarMath.Clip(w - moves[i], clip))]);
    }

    /// <summary>floor(m / 2^d), and one more where the remainder is greater than the d low bits of the word.</summary>
    private static long Move(long magnitude, int dropped, ulong word)
    {
        if (dropped <= 0) return magnitude << -dropped;
        var size = 1UL << dropped;
        return (long)((ulong)magnitude / size) + ((ulong)magnitude % size > word % size ? 1 : 0);
    }

    private long Quantized(long x, int dropped, int bits) => ScalarMath.Clip(ScalarMath.Divide(x, dropped, halfEven), (1L << (bits - 1)) - 1);

    private long Limit(string tensor) => (1L << (step.Whole("bits", tensor) - 1)) - 1;
}
