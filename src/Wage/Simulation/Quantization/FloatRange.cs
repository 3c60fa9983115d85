using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Quantization;

/// <summary>The least and the greatest value of a tensor, which do not depend on the order in which they are sought. A NaN is neither.</summary>
/// <param name="build">Memory: three values for each part of the tensor.</param>
/// <param name="length">Its elements.</param>
internal sealed unsafe class FloatRange(FloatBuilder build, int length)
{
    private const int PartElements = 1 << 14;

    /// <summary>What a part gives: its ends, and a sum of its values times 0, which is no number where one is not finite.</summary>
    private const int Found = 3;

    private readonly FloatEngine engine = build.Engine;
    private readonly FloatTensor found = build.Allocate(MemoryKind.Scratch, new Shape((length + PartElements - 1) / PartElements, Found));

    /// <summary>Whether all values of the last tensor are finite.</summary>
    public bool IsFinite { get; private set; }

    /// <summary>Of these values; infinities where there is none.</summary>
    public (float Least, float Greatest) Of(FloatTensor x)
    {
        engine.Run(
            found.Shape[0], new Work((nint)x.Pointer, (nint)found.Pointer, x.Span.Length, engine.Lanes), static (in w, item, _) => Part(w, item));
        var (least, greatest) = (float.PositiveInfinity, float.NegativeInfinity);
        var ends = found.Span;
        var zero = 0f;
        for (var i = 0; i < ends.Length; i += Found)
        {
            (least, greatest) = (Math.Min(least, ends[i]), Math.Max(greatest, ends[i + 1]));
            zero += ends[i + 2];
        }

        IsFinite = zero == 0;
        return (least, greatest);
    }

    private static void Part(in Work w, int item)
    {
        var ends = (float*)w.Found + (Found * item);
        (ends[0], ends[1], ends[2]) = (float.PositiveInfinity, float.NegativeInfinity, 0);
        var (i, end) = (item * PartElements, Math.Min(w.Length, (item + 1) * PartElements));
        if (w.Lanes >= 16) i = Run<SixteenFloats>(w, i, end, ends);
        else if (w.Lanes >= 8) i = Run<EightFloats>(w, i, end, ends);
        else if (w.Lanes >= 4) i = Run<FourFloats>(w, i, end, ends);
        Run<OneFloat>(w, i, end, ends);
    }

    private static int Run<T>(in Work w, int i, int end, float* ends)
        where T : struct, IFloatLanes<T>
    {
        var x = (float*)w.X;
        var (least, greatest, zero) = (T.Of(float.PositiveInfinity), T.Of(float.NegativeInfinity), T.Of(0));
        for (; i + T.Count <= end; i += T.Count)
        {
            var value = T.Load(x + i);
            least = T.IfLessOrEqual(value, least, value, least);
            greatest = T.IfLessOrEqual(greatest, value, value, greatest);
            zero = T.MultiplyAdd(value, T.Of(0), zero);
        }

        var lanes = stackalloc float[Found * 16];
        least.Store(lanes);
        greatest.Store(lanes + 16);
        zero.Store(lanes + 32);
        for (var lane = 0; lane < T.Count; lane++)
        {
            (ends[0], ends[1]) = (Math.Min(ends[0], lanes[lane]), Math.Max(ends[1], lanes[16 + lane]));
            ends[2] += lanes[32 + lane];
        }

        return i;
    }

    private readonly record struct Work(nint X, nint Found, int Length, int Lanes);
}
