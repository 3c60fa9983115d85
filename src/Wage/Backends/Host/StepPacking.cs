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

        var r0 = (sbyte*)from;
        var r1 = left > 1 ? r0 + rowStep : null;
        var r2 = left > 2 ? r0 + (2 * rowStep) : null;
        var r3 = left > 3 ? r0 + (3 * rowStep) : null;
        QuadPacking.Interleave(r0, r1, r2, r3, n, (sbyte*)to, width, bias);
    }
}
