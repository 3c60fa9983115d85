using System.Runtime.CompilerServices;
using ILGPU;

namespace Wage.Gpu.TensorCores;

/// <summary>Which tile, and which part of its terms, a group computes. Neighbouring groups share rows of A.</summary>
internal struct TilePlace
{
    /// <summary>The first row of the group's tile.</summary>
    public int Row;

    /// <summary>The first column.</summary>
    public int Column;

    /// <summary>The first stage of 64 terms.</summary>
    public int FirstStage;

    /// <summary>Stages.</summary>
    public int Stages;

    /// <summary>The place of the running group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TilePlace Of(int columns, int terms, int splits)
    {
        var across = (columns + Staging.Extent - 1) >> Staging.ExtentBits;
        var tile = Grid.IdxX / splits;
        var split = Grid.IdxX - (tile * splits);
        var down = tile / across;
        var stages = (terms + Staging.Depth - 1) >> Staging.DepthBits;
        var first = (int)((long)stages * split / splits);
        TilePlace place;
        place.Row = down * Staging.Extent;
        place.Column = (tile - (down * across)) * Staging.Extent;
        place.FirstStage = first;
        place.Stages = (int)((long)stages * (split + 1) / splits) - first;
        return place;
    }
}
