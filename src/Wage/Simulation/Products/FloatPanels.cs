namespace Wage.Simulation.Products;

/// <summary>
/// B [terms,columns] as tiles read it: blocks of terms, in each the panels of columns one after the other, [terms of the block, width]; zeros past
/// the last column.
/// </summary>
/// <param name="Terms">Terms.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Width">Columns of a panel.</param>
internal readonly unsafe record struct FloatPanels(int Terms, int Columns, int Width)
{
    /// <summary>Panels of a block.</summary>
    public int Count => (Columns + Width - 1) / Width;

    /// <summary>Values.</summary>
    public long Length => (long)Terms * Count * Width;

    /// <summary>Where a panel begins.</summary>
    public nint Offset(int term, int panel) => (((nint)term * Count) + ((nint)panel * Math.Min(FloatTile.BlockTerms, Terms - term))) * Width;

    /// <summary>Packs one panel of a block from rows of terms: element (term, column) at b[term * stride + column].</summary>
    public static void FromRows(float* b, nint stride, int terms, int columns, float* to, int width)
    {
        for (var t = 0; t < terms; t++, b += stride, to += width)
        {
            new ReadOnlySpan<float>(b, columns).CopyTo(new Span<float>(to, columns));
            if (columns < width) new Span<float>(to + columns, width - columns).Clear();
        }
    }

    /// <summary>Packs one panel of a block from rows of columns: element (term, column) at b[column * stride + term].</summary>
    public static void FromColumns(float* b, nint stride, int terms, int columns, float* to, int width)
    {
        if (columns < width) new Span<float>(to, terms * width).Clear();
        for (var first = 0; first < terms; first += 16)
        {
            var count = Math.Min(16, terms - first);
            for (var column = 0; column < columns; column++)
            {
                float* from = b + (column * stride) + first, at = to + ((nint)first * width) + column;
                for (var t = 0; t < count; t++, at += width) *at = from[t];
            }
        }
    }
}
