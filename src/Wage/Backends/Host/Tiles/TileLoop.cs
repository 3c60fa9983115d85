namespace Wage.Backends.Host;

/// <summary>
/// The walk over the terms of one tile. A step takes 32 bits of every row and column: two neighbouring terms of int16 (a pair) or four of
/// int8 (a quad). There are Planes times Outer runs of Inner steps. A row advances by InnerStep elements from step to step and starts run o
/// of plane p at p * PlaneStep + o * OuterStep elements; a panel is read from end to end.
/// </summary>
internal readonly record struct TileLoop(int Planes, int Outer, int Inner, nint PlaneStep, nint OuterStep, nint InnerStep)
{
    /// <summary>Columns of a panel: of a tile one, two or three panels wide.</summary>
    public const int Columns = 16;

    /// <summary>Bytes of one step of a panel.</summary>
    public const int StepBytes = 4 * Columns;

    /// <summary>Int16 elements of one pair of a panel.</summary>
    public const int PairLength = StepBytes / sizeof(short);

    /// <summary>Terms of a quad.</summary>
    public const int Quad = 4;

    /// <summary>Bytes from one panel of a tile to the next.</summary>
    public nint PanelStep { get; init; }

    /// <summary>The steps of which 16 bits hold the sum; only a kernel that sums in 16 bits heeds it.</summary>
    public int SafeSteps { get; init; }

    /// <summary>Steps of the whole walk.</summary>
    public int Steps => Planes * Outer * Inner;
}
