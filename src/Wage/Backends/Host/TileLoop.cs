namespace Wage.Backends.Host;

/// <summary>
/// The walk over the terms of one tile, two at a time: Planes times Outer runs of Inner pairs. A row advances by InnerStep int16 elements
/// from pair to pair and starts run o of plane p at p * PlaneStep + o * OuterStep; the panel is read from end to end.
/// </summary>
internal readonly record struct TileLoop(int Planes, int Outer, int Inner, nint PlaneStep, nint OuterStep, nint InnerStep)
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 6;

    /// <summary>Columns of a tile: the filters of one panel.</summary>
    public const int Columns = 16;

    /// <summary>Int16 elements of one pair of a panel.</summary>
    public const int PairLength = 2 * Columns;

    /// <summary>Pairs of the whole walk.</summary>
    public int Pairs => Planes * Outer * Inner;
}
