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
        Ranges(gradient.Length, (gradient, scale, lanes, rounding, bits, step), static (in s, start, n) =>
        {
            var done = s.gradient is HostTensor<int> g && s.lanes.HasValue
                ? s.lanes.Value.Run(g.Pointer + start, start, n, s.bits, s.step.Pointer + start)
                : 0;
            GradientRounding.OneByOne(s.gradient, start + done, n - done, s.scale, s.rounding, s.bits, s.step.Pointer + start + done);
        });
    }

    /// <inheritdoc/>
    public void Update(Tensor update, in WeightClip rule, Tensor stored)
    {
        Require(update, stored.Length);
        var (applied, step) = (rule, (HostTensor<short>)update);
        var fits = Math.Max(rule.Clip, rule.Storage) <= stored.Type.Maximum() && Math.Min(rule.Clip, rule.Storage) >= 0;
        Ranges(stored.Length, (step, applied, stored, fits), static (in s, start, n) =>
        {
            var done = 0;
            var steps = s.step.Pointer + start;
            if (s.fits && s.stored is HostTensor<sbyte> bytes) done = WeightUpdate.Run(steps, s.applied, bytes.Pointer + start, n);
            if (s.fits && s.stored is HostTensor<short> words) done = WeightUpdate.Run(steps, s.applied, words.Pointer + start, n);
            UpdateInBlocks(s.step, s.applied, s.stored, start + done, n - done);
        });
    }

    private static void UpdateInBlocks(HostTensor<short> update, in WeightClip rule, Tensor stored, int start, int count)
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
