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
        var lanes = PowerOfTwoStep.For(scale, rule);
        var (rounding, bits, step) = (rule, key, (HostTensor<short>)update);
        Ranges(gradient.Length, (start, n) =>
        {
            var done = gradient is HostTensor<int> g && lanes.HasValue
                ? lanes.Value.Run(g.Pointer + start, start, n, bits, step.Pointer + start)
                : 0;
            GradientRounding.OneByOne(gradient, start + done, n - done, scale, rounding, bits, step.Pointer + start + done);
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
}
