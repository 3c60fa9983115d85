using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation.Products;

namespace Wage.Simulation.Layers;

/// <summary>
/// Dropout (Srivastava et al. 2014), scaled in training: a step keeps an element with probability 1 - rate, as x / (1 - rate), and makes the others
/// 0; an evaluation changes nothing. Element i of the batch is kept when its 32 random bits are at least round(rate 2^32).
/// </summary>
/// <param name="engine">Whose threads do it.</param>
/// <param name="name">"dropout1".</param>
/// <param name="index">The position among the network's dropouts: the stream of its random bits.</param>
/// <param name="rate">Below 1.</param>
/// <param name="y">Where the output goes.</param>
internal sealed unsafe class FloatDropout(FloatEngine engine, string name, int index, Ratio rate, FloatTensor y) : FloatLayer(name)
{
    /// <summary>A part's elements, of which four share a block of random bits.</summary>
    private const int PartElements = 1 << 12;

    private readonly ulong least = (ulong)Math.Round(FloatMath.ToDouble(rate) * 4294967296.0);
    private readonly float scale = (float)(1 / (1 - FloatMath.ToDouble(rate)));

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        if (s.Phase == Phase.Evaluation) return x;
        Keep(x, y, s);
        return y;
    }

    /// <summary>The same elements, of the error.</summary>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        if (needsError && s.Phase == Phase.Training) Keep(e, e, s);
        return e;
    }

    private void Keep(FloatTensor from, FloatTensor to, in StepContext s)
    {
        var (length, key) = (from.Shape.Length, new RandomKey(s.Seed, RandomStream.Dropout(index), s.Step));
        var first = (ulong)s.FirstImage * (ulong)from.Shape.Stride;
        engine.Run(
            (length + PartElements - 1) / PartElements, new Work(from.Pointer, to.Pointer, length, key, first, least, scale),
            static (in w, part, _) => w.Run(part));
    }

    private readonly struct Work(float* from, float* to, int length, RandomKey key, ulong first, ulong least, float scale)
    {
        public void Run(int part)
        {
            for (var i = part * PartElements; i < Math.Min(length, (part + 1) * PartElements); i++)
                to[i] = RandomBits.UInt32(key, first + (ulong)i) >= least ? from[i] * scale : 0;
        }
    }
}
