using ILGPU;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>One element at a time.</summary>
internal static class Elementwise
{
    /// <summary>e = 0 where x is not in [low, high].</summary>
    public static void ClearOutside<TX, TE>(ArrayView<byte> x, long low, long high, ArrayView<byte> e, int length)
        where TX : struct, IElement
        where TE : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var value = TX.Get(x, i);
            if (value < low || value > high) TE.Set(e, i, 0);
        }
    }

    /// <summary>The weight after its update.</summary>
    public static void Update<TW>(ArrayView<byte> update, int clip, int clipFirst, int storage, ArrayView<byte> stored, int length)
        where TW : struct, IElement
    {
        var rule = new WeightClip(clip, clipFirst != 0, storage);
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
