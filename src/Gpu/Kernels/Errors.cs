using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>Errors and gradients, scaled by a maximum that an earlier kernel left on the device: nothing waits for the host.</summary>
internal static class Errors
{
    /// <summary>z = x + y in the unit that both allow; exponentZ[0] = its exponent.</summary>
    public static void AddErrors<TX, TY>(
        ArrayView<byte> x, ArrayView<byte> exponentX, int offsetX, ArrayView<byte> y, ArrayView<byte> exponentY, int offsetY, int guard,
        ArrayView<byte> z, ArrayView<byte> exponentZ, int length)
        where TX : struct, IElement
        where TY : struct, IElement
    {
        var alignment = new ErrorAlignment(exponentX.Cast<long>()[0] + offsetX, exponentY.Cast<long>()[0] + offsetY, guard);
        for (var i = Threads.First; i < length; i += Threads.Step) Int64Element.Set(z, i, alignment.Of(TX.Get(x, i), TY.Get(y, i)));
        if (Threads.First == 0) exponentZ.Cast<long>()[0] = alignment.Exponent;
    }

    /// <summary>update = the stochastically rounded step of each gradient.</summary>
    public static void QuantizeGradient<TG>(
        ArrayView<byte> gradient, ArrayView<byte> range, GradientRule rule, RandomKey key, ArrayView<byte> update,
        int measures, ArrayView<byte> statistic, int length)
        where TG : struct, IElement
    {
        var scale = GradientScale.Proved(range.Cast<long>()[0], rule);
        var (whole, most) = (new StageMeasure(), scale.Most);
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var g = TG.Get(gradient, i);
            var step = scale.Step(g, scale.Random(key, rule.FirstRandom + (int)i));
            Int16Element.Set(update, i, step);
            whole.Add(g, step, most);
        }

        if (measures != 0) Stages.Join(whole, statistic.Cast<long>());
    }
}
