using System.Runtime.CompilerServices;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// One step of a warp: C [64,64] += A [64,32] B [32,64], 32 instructions in the order that needs the fewest fragments at once.
/// Written out, since the compiler keeps arrays that loops index in local memory.
/// </summary>
internal static class WarpProduct
{
    /// <summary>The four strips.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tile Step(Tile c, Quad a0, Quad a1, Quad a2, Quad a3, Columns b)
    {
        c.S0 = Row(c.S0, a0, b);
        c.S1 = Row(c.S1, a1, b);
        c.S2 = Row(c.S2, a2, b);
        c.S3 = Row(c.S3, a3, b);
        return c;
    }

    /// <summary>A strip: eight fragments of C share one of A.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Strip Row(Strip c, Quad a, Columns b)
    {
        c.C0 = TensorCore.MultiplyAccumulate(c.C0, a, b.B0.X, b.B0.Y);
        c.C1 = TensorCore.MultiplyAccumulate(c.C1, a, b.B0.Z, b.B0.W);
        c.C2 = TensorCore.MultiplyAccumulate(c.C2, a, b.B1.X, b.B1.Y);
        c.C3 = TensorCore.MultiplyAccumulate(c.C3, a, b.B1.Z, b.B1.W);
        c.C4 = TensorCore.MultiplyAccumulate(c.C4, a, b.B2.X, b.B2.Y);
        c.C5 = TensorCore.MultiplyAccumulate(c.C5, a, b.B2.Z, b.B2.W);
        c.C6 = TensorCore.MultiplyAccumulate(c.C6, a, b.B3.X, b.B3.Y);
        c.C7 = TensorCore.MultiplyAccumulate(c.C7, a, b.B3.Z, b.B3.W);
        return c;
    }
}
