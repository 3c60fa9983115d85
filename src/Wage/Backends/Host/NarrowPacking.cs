using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>Brings int8 tensors into the layouts that <see cref="NarrowProduct"/> reads.</summary>
internal static unsafe class NarrowPacking
{
    /// <summary>Copies n values, biased.</summary>
    public static void Biased(sbyte* from, byte* to, int n)
    {
        var i = 0;
        for (; i + 32 <= n; i += 32) (Vector256.Load((byte*)from + i) ^ Vector256.Create(NarrowProduct.Bias)).Store(to + i);
        for (; i < n; i++) to[i] = (byte)(from[i] ^ NarrowProduct.Bias);
    }

    /// <summary>
    /// One run of a panel from rows: to[quad][j] = rows[j][4 quad ...], row j at from + j * step for j below <paramref name="columns"/>, 0
    /// beyond it and beyond n terms.
    /// </summary>
    public static void Transpose(sbyte* from, nint step, int columns, int n, sbyte* to)
    {
        var quads = (int*)to;
        var done = 0;
        if (columns == TileLoop.Columns)
        {
            for (; done + 32 <= n; done += 32)
            {
                Packing.Transpose8((byte*)from + done, step, quads + (done / NarrowLoop.Quad * TileLoop.Columns));
                Packing.Transpose8((byte*)from + done + (8 * step), step, quads + (done / NarrowLoop.Quad * TileLoop.Columns) + 8);
            }
        }

        for (var q = done / NarrowLoop.Quad; q < Quads(n); q++, quads = (int*)to)
        {
            quads += q * TileLoop.Columns;
            var rest = n - (q * NarrowLoop.Quad);
            for (var j = 0; j < columns; j++)
            {
                var row = from + (j * step) + (q * NarrowLoop.Quad);
                quads[j] = rest >= NarrowLoop.Quad ? *(int*)row : Part((byte*)row, rest);
            }

            for (var j = columns; j < TileLoop.Columns; j++) quads[j] = 0;
        }
    }

    /// <summary>to[j] = (r0[j], r1[j], r2[j], r3[j]) for j below <paramref name="columns"/>, then zeros up to 16; a missing row is 0.</summary>
    public static void Interleave(sbyte* r0, sbyte* r1, sbyte* r2, sbyte* r3, int columns, sbyte* to)
    {
        if (columns == TileLoop.Columns && r3 is not null)
        {
            var (v0, v1, v2, v3) = (Vector128.Load(r0), Vector128.Load(r1), Vector128.Load(r2), Vector128.Load(r3));
            var (low, lowRest) = (Sse2.UnpackLow(v0, v1).AsInt16(), Sse2.UnpackLow(v2, v3).AsInt16());
            var (high, highRest) = (Sse2.UnpackHigh(v0, v1).AsInt16(), Sse2.UnpackHigh(v2, v3).AsInt16());
            Sse2.UnpackLow(low, lowRest).AsSByte().Store(to);
            Sse2.UnpackHigh(low, lowRest).AsSByte().Store(to + 16);
            Sse2.UnpackLow(high, highRest).AsSByte().Store(to + 32);
            Sse2.UnpackHigh(high, highRest).AsSByte().Store(to + 48);
            return;
        }

        for (var j = 0; j < columns; j++, to += NarrowLoop.Quad)
        {
            to[0] = r0[j];
            to[1] = r1 is null ? (sbyte)0 : r1[j];
            to[2] = r2 is null ? (sbyte)0 : r2[j];
            to[3] = r3 is null ? (sbyte)0 : r3[j];
        }

        new Span<sbyte>(to, (TileLoop.Columns - columns) * NarrowLoop.Quad).Clear();
    }

    /// <summary>start[j] = -128 times the sum of column j of a panel.</summary>
    public static void Start(sbyte* panel, int quads, int* start)
    {
        Vector256<int> low = default, high = default;
        for (var q = 0; q < quads; q++, panel += NarrowLoop.QuadLength)
        {
            low += Sums(panel);
            high += Sums(panel + 32);
        }

        (low * -NarrowProduct.Bias).Store(start);
        (high * -NarrowProduct.Bias).Store(start + 8);
    }

    /// <summary>The quads of n terms: what is missing in the last is 0.</summary>
    public static int Quads(int terms) => (terms + NarrowLoop.Quad - 1) / NarrowLoop.Quad;

    private static Vector256<int> Sums(sbyte* quads) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Vector256.Load(quads)), Vector256<short>.One);

    private static int Part(byte* row, int n)
    {
        var quad = 0;
        for (var i = 0; i < n; i++) quad |= row[i] << (8 * i);
        return quad;
    }
}
