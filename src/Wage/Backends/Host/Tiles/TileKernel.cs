using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>
/// The innermost product, in the instructions of one machine: a tile of sums that stay in registers. For r below <see cref="Rows"/> and j
/// below 16 times the number of panels: c[r, j] = (c[r, j] +) start[j] + the sum over the steps of rows[r][step] . panel[step][j], modulo
/// 2^32: where the true sum fits int32, it is the true sum, however far the partial sums ran.
/// </summary>
internal sealed unsafe class TileKernel
{
    /// <summary>The most sums of any tile.</summary>
    public const int MostSums = 8 * 3 * TileLoop.Columns;

    /// <summary>Every kernel's rows divide this.</summary>
    public const int WholeRows = 24;

    private readonly delegate*<void*, int*, void*, TileLoop*, int*, int*, nint, bool, void>[] panels;

    /// <summary>
    /// A kernel with a version for each number of panels. Arguments: the rows' memory; <see cref="Rows"/> offsets into it, in elements; the
    /// first panel; the walk; the start of each column (bytes only; unread where rows are not biased); the tile's first element; elements
    /// from one row of c to the next; whether to add to c.
    /// </summary>
    public TileKernel(int rows, int terms, params delegate*<void*, int*, void*, TileLoop*, int*, int*, nint, bool, void>[] panels)
    {
        if (WholeRows % rows != 0 || rows * panels.Length * TileLoop.Columns > MostSums)
            throw new ArgumentException($"no tile has {rows} rows and {panels.Length} panels");
        (Rows, Terms, this.panels) = (rows, terms, panels);
    }

    /// <summary>Rows of a tile.</summary>
    public int Rows { get; }

    /// <summary>Terms of a step: 2 of int16, or 4 of a byte.</summary>
    public int Terms { get; }

    /// <summary>The most panels of a tile.</summary>
    public int Panels => panels.Length;

    /// <summary>The widest columns for which the sums are right.</summary>
    public int MostWeight { get; init; } = 128;

    /// <summary>
    /// What a byte of a row is combined with by exclusive or: <see cref="QuadPacking.Bias"/> where rows are unsigned, 0 where they are
    /// signed.
    /// </summary>
    public byte Bias { get; init; }

    /// <summary>
    /// Where it is there: a kernel of one panel and of <see cref="WholeRows"/> rows that lie as <see cref="AreEven"/> says, for products of one
    /// panel.
    /// </summary>
    public TileKernel? Tall { get; init; }

    /// <summary>Whether the second and the third eight of 24 rows lie as the first, each moved by one distance.</summary>
    public static bool AreEven(int* offsets)
    {
        var first = Vector256.Load(offsets);
        return Vector256.Load(offsets + 8) - first == Vector256.Create(offsets[8] - offsets[0])
            && Vector256.Load(offsets + 16) - first == Vector256.Create(offsets[16] - offsets[0]);
    }

    /// <summary>Bytes of an element.</summary>
    public int ElementSize => TileLoop.Quad / Terms;

    /// <summary>The steps of n terms: what is missing in the last is 0.</summary>
    public int Steps(int terms) => (terms + Terms - 1) / Terms;

    /// <summary>Elements that a row of n terms is read beyond them, for its last step to be whole. Any value serves: their columns are 0.</summary>
    public int Excess(int terms) => (Steps(terms) * Terms) - terms;

    /// <summary>The version for so many panels.</summary>
    public delegate*<void*, int*, void*, TileLoop*, int*, int*, nint, bool, void> Of(int count) => panels[count - 1];

    /// <summary>Rows rounded up to whole tiles.</summary>
    public int RoundRows(int rows) => (rows + Rows - 1) / Rows * Rows;

    /// <summary>The groups into which the panels of a product fall: what one tile is wide.</summary>
    public int Groups(int panelCount) => (panelCount + Panels - 1) / Panels;
}
