using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>Errors and gradients, scaled by a maximum that an earlier kernel left on the device: nothing waits for the host.</summary>
internal static class Errors
{
    /// <summary>e = saturate(round(delta / 2^s)), s of the maximum; exponent[0] = exponentIn[0] + s.</summary>
    public static void QuantizeErrors<TX, TE>(
        ArrayView<byte> delta, ArrayView<byte> maximum, int bits, Rounding rounding, ArrayView<byte> e,
        ArrayView<byte> exponentIn, ArrayView<byte> exponent, int length)
        where TX : struct, IElement
        where TE : struct, IElement
    {
        var (shift, limit) = (Shift(maximum, bits), BitWidths.Limit(bits));
        for (var i = Threads.First; i < length; i += Threads.Step) TE.Set(e, i, FixedPoint.RoundToLimit(TX.Get(delta, i), shift, limit, rounding));
        if (Threads.First == 0) exponent.Cast<long>()[0] = exponentIn.Cast<long>()[0] + shift;
    }

    /// <summary>e = 0 where the mask has none of these bits.</summary>
    public static void MaskErrors<TE>(ArrayView<byte> mask, int bits, ArrayView<byte> e, int length)
        where TE : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
            if ((mask[i] & bits) == 0) TE.Set(e, i, 0);
    }

    /// <summary>The same where both bits of the mask are set, else 0.</summary>
    public static void StageErrors<TX, TE>(
        ArrayView<byte> delta, ArrayView<byte> mask, ArrayView<byte> maximum, int bits, Rounding rounding,
        ArrayView<byte> e, ArrayView<byte> exponentIn, ArrayView<byte> exponent, int length)
        where TX : struct, IElement
        where TE : struct, IElement
    {
        var (shift, limit) = (Shift(maximum, bits), BitWidths.Limit(bits));
        for (var i = Threads.First; i < length; i += Threads.Step)
            TE.Set(e, i, mask[i] == ActivationStage.BothPass ? FixedPoint.RoundToLimit(TX.Get(delta, i), shift, limit, rounding) : 0);
        if (Threads.First == 0) exponent.Cast<long>()[0] = exponentIn.Cast<long>()[0] + shift;
    }

    /// <summary>z = x + y in the unit that both allow; exponentZ[0] = its exponent.</summary>
    public static void AddErrors<TX, TY>(
        ArrayView<byte> x, ArrayView<byte> exponentX, int offsetX, ArrayView<byte> y, ArrayView<byte> exponentY, int offsetY, int guard,
        ArrayView<byte> z, ArrayView<byte> exponentZ, int length)
        where TX : struct, IElement
        where TY : struct, IElement
    {
        var alignment = new ErrorAlignment(exponentX.Cast<long>()[0] + offsetX, exponentY.Cast<long>()[0] + offsetY, guard);
        for (var i = Threads.First; i < length; i += Threads.Step) Int64Element.Set(z, i, alignment.Add(TX.Get(x, i), TY.Get(y, i)));
        if (Threads.First == 0) exponentZ.Cast<long>()[0] = alignment.Exponent;
    }

    /// <summary>update = the stochastically rounded step of each gradient.</summary>
    public static void QuantizeGradient<TG>(
        ArrayView<byte> gradient, ArrayView<byte> maximum, GradientRule rule, RandomKey key, ArrayView<byte> update, int length)
        where TG : struct, IElement
    {
        var scale = GradientScale.Proved(maximum.Cast<long>()[0], rule);
        for (var i = Threads.First; i < length; i += Threads.Step)
            Int16Element.Set(update, i, scale.Step(TG.Get(gradient, i), scale.Random(key, (int)i)));
    }

    /// <summary>The bits that Q_E drops for this maximum, 0 for a maximum of 0.</summary>
    private static int Shift(ArrayView<byte> maximum, int bits)
    {
        var most = maximum.Cast<long>()[0];
        return most == 0 ? 0 : FixedPoint.NearestLog2(most) - (bits - 1);
    }
}
