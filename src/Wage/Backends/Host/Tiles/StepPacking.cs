using System.Numerics;

namespace Wage.Backends.Host;

/// <summary>Rows of terms as rows of steps, whichever the terms of a step are.</summary>
internal static unsafe class StepPacking
{
    /// <summary>
    /// to[i] = (rows[0][i], rows[1][i], ...) for i below n, and zeros up to <paramref name="width"/>: the next rows, as many as a step has
    /// terms; those beyond <paramref name="left"/> are 0. Row k starts at from + k * rowStep.
    /// </summary>
    /// <param name="terms">2: pairs of int16 of any T; 4: quads of int8, and T is int8.</param>
    /// <param name="from">The first row.</param>
    /// <param name="rowStep">Elements from one row to the next.</param>
    /// <param name="left">The rows there are, at least 1.</param>
    /// <param name="n">Elements of a row.</param>
    /// <param name="to">[width], 32 bits to a step.</param>
    /// <param name="width">Steps to write.</param>
    /// <param name="bias">Quads: what the rows' bytes are combined with by exclusive or.</param>
    public static void Interleave<T>(int terms, T* from, nint rowStep, int left, int n, int* to, int width, byte bias)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (terms == 2)
        {
            Packing.Interleave(from, left > 1 ? from + rowStep : null, n, (short*)to, width);
            return;
        }

        var rows = stackalloc sbyte*[TileLoop.Quad];
        for (var i = 0; i < TileLoop.Quad; i++) rows[i] = i < left ? (sbyte*)from + (i * rowStep) : null;
        Interleave(terms, rows, n, to, width, bias);
    }

    /// <summary>The same of int8 rows that lie anywhere; null is a row of zeros.</summary>
    public static void Interleave(int terms, sbyte** rows, int n, int* to, int width, byte bias)
    {
        if (terms == 2) Packing.Interleave(rows[0], rows[1], n, (short*)to, width);
        else QuadPacking.Interleave(rows[0], rows[1], rows[2], rows[3], n, (sbyte*)to, width, bias);
    }
}
