using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>One element at a time.</summary>
internal static class Elementwise
{
    /// <summary>y = max(x, 0).</summary>
    public static void Relu<TX>(ArrayView<byte> x, ArrayView<byte> y, int length)
        where TX : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step) TX.Set(y, i, Math.Max(TX.Get(x, i), 0));
    }

    /// <summary>e = 0 where y &lt;= 0.</summary>
    public static void ReluError<TY, TE>(ArrayView<byte> y, ArrayView<byte> e, int length)
        where TY : struct, IElement
        where TE : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
            if (TY.Get(y, i) <= 0) TE.Set(e, i, 0);
    }

    /// <summary>delta = 0 where |x| > most.</summary>
    public static void ClipError<TX, TE>(ArrayView<byte> x, long most, ArrayView<byte> delta, int length)
        where TX : struct, IElement
        where TE : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var value = TX.Get(x, i);
            if (value > most || value < -most) TE.Set(delta, i, 0);
        }
    }

    /// <summary>y = saturate(round(x / 2^dropped), limit): Q_W and Q_A.</summary>
    public static void Requantize<TX, TY>(ArrayView<byte> x, int dropped, int limit, Rounding rounding, ArrayView<byte> y, int length)
        where TX : struct, IElement
        where TY : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step) TY.Set(y, i, FixedPoint.RoundToLimit(TX.Get(x, i), dropped, limit, rounding));
    }

    /// <summary>The weight after its update.</summary>
    public static void Update<TW>(ArrayView<byte> update, int clip, int clipFirst, int storage, ArrayView<byte> stored, int length)
        where TW : struct, IElement
    {
        var rule = new UpdateRule(clip, clipFirst != 0, storage);
        for (var i = Threads.First; i < length; i += Threads.Step) TW.Set(stored, i, rule.Apply(TW.Get(stored, i), Int16Element.Get(update, i)));
    }

    /// <summary>z = x 2^shiftX + y 2^shiftY.</summary>
    public static void AddAligned<TX, TY, TZ>(ArrayView<byte> x, int shiftX, ArrayView<byte> y, int shiftY, ArrayView<byte> z, int length)
        where TX : struct, IElement
        where TY : struct, IElement
        where TZ : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step) 
            TZ.Set(z, i, FixedPoint.AddSaturated(FixedPoint.ShiftLeft(TX.Get(x, i), shiftX), FixedPoint.ShiftLeft(TY.Get(y, i), shiftY)));
    }
}
