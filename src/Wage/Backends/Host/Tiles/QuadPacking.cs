using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>Brings int8 tensors into the layouts that a <see cref="TileProduct"/> of bytes reads.</summary>
internal static unsafe class QuadPacking
{
    /// <summary>What is added to int8 data to make unsigned bytes of it.</summary>
    public const byte Bias = 128;

    /// <summary>Copies n values; <paramref name="bias"/> is 0, or <see cref="Bias"/> to add it.</summary>
    public static void Biased(sbyte* from, byte* to, int n, byte bias)
    {
        var i = 0;
        for (; i + 32 <= n; i += 32) (Vector256.Load((byte*)from + i) ^ Vector256.Create(bias)).Store(to + i);
        for (; i < n; i++) to[i] = (byte)(from[i] ^ bias);
    }

    /// <summary>
    /// One run of a panel from rows: to[quad][j] = rows[j][4 quad ...], row j at from + j * step for j below <paramref name="columns"/>, 0
    /// beyond it and beyond n terms.
    /// </summary>
    public static void Transpose(sbyte* from, nint step, int columns, int n, sbyte* to)
    {
        var quads = (int*)to;
        var done = 0;
        if (Avx2.IsSupported && columns == TileLoop.Columns)
        {
            for (; done + 32 <= n; done += 32)
            {
                Packing.Transpose8((byte*)from + done, step, quads + (done / TileLoop.Quad * TileLoop.Columns));
                Packing.Transpose8((byte*)from + done + (8 * step), step, quads + (done / TileLoop.Quad * TileLoop.Columns) + 8);
            }
        }

        for (var q = done / TileLoop.Quad; q < Quads(n); q++, quads = (int*)to)
        {
            quads += q * TileLoop.Columns;
            var rest = n - (q * TileLoop.Quad);
            for (var j = 0; j < columns; j++)
            {
                var row = from + (j * step) + (q * TileLoop.Quad);
                quads[j] = rest >= TileLoop.Quad ? *(int*)row : Part((byte*)row, rest);
            }

            for (var j = columns; j < TileLoop.Columns; j++) quads[j] = 0;
        }
    }

    /// <summary>
    /// to[j] = (r0[j], r1[j], r2[j], r3[j]) for j below n, then zeros up to <paramref name="width"/>; a missing row is 0. What rows hold is
    /// combined with <paramref name="bias"/> by exclusive or.
    /// </summary>
    public static void Interleave(sbyte* r0, sbyte* r1, sbyte* r2, sbyte* r3, int n, sbyte* to, int width, byte bias = 0)
    {
        var j = 0;
        if (Lanes.CanZip && r3 is not null)
        {
            var biases = Vector128.Create(bias);
            for (; j + 16 <= n; j += 16, to += 16 * TileLoop.Quad)
            {
                var (v0, v1, v2, v3) = (Vector128.Load(r0 + j), Vector128.Load(r1 + j), Vector128.Load(r2 + j), Vector128.Load(r3 + j));
                var (low, lowRest) = (Lanes.ZipLow(v0, v1).AsInt16(), Lanes.ZipLow(v2, v3).AsInt16());
                var (high, highRest) = (Lanes.ZipHigh(v0, v1).AsInt16(), Lanes.ZipHigh(v2, v3).AsInt16());
                (Lanes.ZipLow(low, lowRest).AsByte() ^ biases).Store((byte*)to);
                (Lanes.ZipHigh(low, lowRest).AsByte() ^ biases).Store((byte*)(to + 16));
                (Lanes.ZipLow(high, highRest).AsByte() ^ biases).Store((byte*)(to + 32));
                (Lanes.ZipHigh(high, highRest).AsByte() ^ biases).Store((byte*)(to + 48));
            }
        }

        for (; j < n; j++, to += TileLoop.Quad)
        {
            to[0] = (sbyte)(r0[j] ^ bias);
            to[1] = (sbyte)(r1 is null ? 0 : r1[j] ^ bias);
            to[2] = (sbyte)(r2 is null ? 0 : r2[j] ^ bias);
            to[3] = (sbyte)(r3 is null ? 0 : r3[j] ^ bias);
        }

        if (n < width) new Span<sbyte>(to, (width - n) * TileLoop.Quad).Clear();
    }

    /// <summary>start[j] = -128 times the sum of column j of a panel.</summary>
    public static void Start(sbyte* panel, int quads, int* start)
    {
        Vector256<int> low = default, high = default;
        for (var q = 0; q < quads; q++, panel += TileLoop.StepBytes)
        {
            low += Sums(panel);
            high += Sums(panel + 32);
        }

        (low * -Bias).Store(start);
        (high * -Bias).Store(start + 8);
    }

    /// <summary>The quads of n terms: what is missing in the last is 0.</summary>
    public static int Quads(int terms) => (terms + TileLoop.Quad - 1) / TileLoop.Quad;

    private static Vector256<int> Sums(sbyte* quads)
    {
        if (Avx2.IsSupported)
            return Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Vector256.Load(quads)), Vector256<short>.One);
        var all = Vector256.Load((int*)quads);
        return ((all << 24) >> 24) + ((all << 16) >> 24) + ((all << 8) >> 24) + (all >> 24);
    }

    private static int Part(byte* row, int n)
    {
        var quad = 0;
        for (var i = 0; i < n; i++) quad |= row[i] << (8 * i);
        return quad;
    }
}
