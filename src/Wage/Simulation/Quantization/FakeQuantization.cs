using System.Numerics;
using System.Runtime.CompilerServices;
using Wage.Simulation.Conversion;
using Wage.Simulation.Layers;
using Wage.Simulation.Products;

namespace Wage.Simulation.Quantization;

/// <summary>
/// Fake quantization: float32 values replaced by those that their codes stand for, r -> S (clamp(floor(r / S + 1/2) + Z) - Z), in doubles, rounded to
/// float32 once. Jacob et al. 2018, section 3. Each value on its own, so that neither lanes nor threads change a bit; NaN stays, so that it is found.
/// </summary>
internal static unsafe class FakeQuantization
{
    private const int PartElements = 1 << 14;

    /// <summary>Every value of x by its code; y may be x.</summary>
    public static void Run(FloatEngine engine, float* x, int length, in AffineGrid grid, float* y) => engine.Run(
        (length + PartElements - 1) / PartElements, new Work((nint)x, (nint)y, length, grid, engine.Lanes > 1),
        static (in w, item, _) => Values(
            (float*)w.X + (item * PartElements), Math.Min(PartElements, w.Length - (item * PartElements)), w.Grid, w.IsWide,
            (float*)w.Y + (item * PartElements)));

    /// <summary>Every row of x [grids, terms] by the codes of its own grid.</summary>
    public static void RunRows(FloatEngine engine, float* x, int terms, AffineGrid[] grids, float* y) => engine.Run(
        grids.Length, (X: (nint)x, Y: (nint)y, terms, grids, IsWide: engine.Lanes > 1), static (in w, row, _) => Values(
            (float*)w.X + ((nint)row * w.terms), w.terms, w.grids[row], w.IsWide, (float*)w.Y + ((nint)row * w.terms)));

    /// <summary>The straight-through gradient: e stays where the grid's ends enclose x, and is 0 outside.</summary>
    public static void Pass(FloatEngine engine, float* x, int length, in AffineGrid grid, float* e) => Pass(engine, x, length, Ends(grid), e);

    /// <summary>The same with other ends.</summary>
    public static void Pass(FloatEngine engine, float* x, int length, (float Least, float Greatest) ends, float* e) =>
        FloatElements.Run(engine, length, new Inside(x, e, ends.Least, ends.Greatest));

    /// <summary>The least and the greatest float32 within the grid's ends, or within so many steps beyond them.</summary>
    public static (float Least, float Greatest) Ends(in AffineGrid grid, double beyond = 0)
    {
        var (from, to) = (grid.Least - (beyond * grid.Scale), grid.Greatest + (beyond * grid.Scale));
        float least = (float)from, greatest = (float)to;
        return (least < from ? MathF.BitIncrement(least) : least, greatest > to ? MathF.BitDecrement(greatest) : greatest);
    }

    private static void Values(float* x, int count, in AffineGrid grid, bool isWide, float* y)
    {
        var i = 0;
        double scale = grid.Scale, zeroPoint = grid.ZeroPoint, low = grid.Codes.Low, high = grid.Codes.High;
        if (isWide)
        {
            var (s, z, half) = (new Vector<double>(scale), new Vector<double>(zeroPoint), new Vector<double>(0.5));
            var (least, most) = (new Vector<double>(low), new Vector<double>(high));
            for (; i + Vector<float>.Count <= count; i += Vector<float>.Count)
            {
                Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(x + i), out var first, out var second);
                first = (Vector.Min(Vector.Max(Vector.Floor((first / s) + half) + z, least), most) - z) * s;
                second = (Vector.Min(Vector.Max(Vector.Floor((second / s) + half) + z, least), most) - z) * s;
                Unsafe.WriteUnaligned(y + i, Vector.Narrow(first, second));
            }
        }

        for (; i < count; i++) y[i] = (float)((Math.Min(Math.Max(Math.Floor((x[i] / scale) + 0.5) + zeroPoint, low), high) - zeroPoint) * scale);
    }

    private readonly record struct Work(nint X, nint Y, int Length, AffineGrid Grid, bool IsWide);

    private readonly struct Inside(float* x, float* e, float least, float greatest) : IFloatLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i)
            where T : struct, IFloatLanes<T>
        {
            var value = T.Load(x + i);
            var below = T.IfLessOrEqual(value, T.Of(greatest), T.Load(e + i), T.Of(0));
            T.IfLessOrEqual(T.Of(least), value, below, T.Of(0)).Store(e + i);
        }
    }
}
