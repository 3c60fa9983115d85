using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>From gradients to stored weights.</content>
public sealed unsafe partial class HostBackend
{
    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor maximum, in GradientRule rule, in RandomKey key, Tensor update)
    {
        Require(update, gradient.Length);
        var scale = new GradientScale(Host(maximum)[0], rule);
        var (bits, step) = (key, (HostTensor<short>)update);
        Ranges(gradient.Length, (start, n) =>
        {
            var done = 0;
            if (gradient is HostTensor<int> g && scale.ExactShift is >= 1 and <= 31)
                done = GradientRounding.Run(g.Pointer + start, start, n, scale.ExactShift.Value, bits, step.Pointer + start);
            RoundInBlocks(gradient, start + done, n - done, scale, bits, step.Pointer + start + done);
        });
    }

    /// <inheritdoc/>
    public void Update(Tensor update, in UpdateRule rule, Tensor stored)
    {
        Require(update, stored.Length);
        var (applied, step) = (rule, (HostTensor<short>)update);
        var narrow = Math.Max(rule.Clip, rule.Storage) <= stored.Type.Maximum() && Math.Min(rule.Clip, rule.Storage) >= 0;
        Ranges(stored.Length, (start, n) =>
        {
            var done = 0;
            if (narrow && stored is HostTensor<sbyte> bytes) done = WeightUpdate.Run(step.Pointer + start, applied, bytes.Pointer + start, n);
            if (narrow && stored is HostTensor<short> words) done = WeightUpdate.Run(step.Pointer + start, applied, words.Pointer + start, n);
            UpdateInBlocks(step, applied, stored, start + done, n - done);
        });
    }

    private static void UpdateInBlocks(HostTensor<short> update, in UpdateRule rule, Tensor stored, int start, int count)
    {
        long* weights = stackalloc long[Elements.Block], steps = stackalloc long[Elements.Block];
        for (var i = 0; i < count; i += Elements.Block)
        {
            var n = Math.Min(Elements.Block, count - i);
            Elements.Read(stored, start + i, n, weights);
            Elements.Read(update, start + i, n, steps);
            for (var j = 0; j < n; j++) weights[j] = rule.Apply(weights[j], steps[j]);
            Elements.Write(weights, stored, start + i, n);
        }
    }

    /// <summary>Elements [start, start + count), one by one; a Philox block serves two or four of them.</summary>
    private static void RoundInBlocks(Tensor gradient, int start, int count, in GradientScale scale, in RandomKey key, short* update)
    {
        var values = stackalloc long[Elements.Block];
        var words = stackalloc uint[4];
        var perBlock = scale.NeedsWideRandom ? 2 : 4;
        var held = ulong.MaxValue;
        for (var i = 0; i < count; i += Elements.Block)
        {
            var n = Math.Min(Elements.Block, count - i);
            Elements.Read(gradient, start + i, n, values);
            for (var j = 0; j < n; j++)
            {
                var index = (ulong)(start + i + j);
                var block = index / (ulong)perBlock;
                if (block != held) (words[0], words[1], words[2], words[3]) = RandomBits.Block(key, held = block);
                var random = perBlock == 4 ? words[index & 3] : (index & 1) == 0 ? ((ulong)words[1] << 32) | words[0] : ((ulong)words[3] << 32) | words[2];
                update[i + j] = checked((short)scale.Step(values[j], random));
            }
        }
    }
}
