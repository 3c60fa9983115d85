using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Wage.Backends.Host;

/// <summary>
/// The arguments of an emitted kernel, 8 bytes each, so that its code needs one register for all of them. Steps are in bytes. The kernel
/// uses up <see cref="Run"/> and <see cref="Planes"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TileCall
{
    /// <summary>Where each row starts.</summary>
    public RowAddresses Rows;

    /// <summary>The first panel.</summary>
    public nint Panel;

    /// <summary>From one panel to the next.</summary>
    public nint PanelStep;

    /// <summary>See <see cref="TileLoop"/>.</summary>
    public nint Planes;

    /// <summary>See <see cref="TileLoop"/>.</summary>
    public nint Outer;

    /// <summary>See <see cref="TileLoop"/>.</summary>
    public nint Inner;

    /// <summary>From the end of a plane's last run to the next plane.</summary>
    public nint PlaneJump;

    /// <summary>See <see cref="TileLoop"/>.</summary>
    public nint OuterStep;

    /// <summary>See <see cref="TileLoop"/>.</summary>
    public nint InnerStep;

    /// <summary>Where the present run starts, from a row's start.</summary>
    public nint Run;

    /// <summary>What the columns start from; bytes only.</summary>
    public nint Start;

    /// <summary>The tile's first element.</summary>
    public nint C;

    /// <summary>From one row of c to the next.</summary>
    public nint Stride;

    /// <summary>Not 0: add to c.</summary>
    public nint Accumulate;

    /// <summary>A tall tile's: from a row to the row 8 behind.</summary>
    public nint Second;

    /// <summary>A tall tile's: from a row to the row 16 behind.</summary>
    public nint Third;

    /// <summary>
    /// The arguments of a <see cref="TileKernel"/> whose elements have so many bytes. A constructor, so that they are written where the kernel
    /// reads them: a copy would be loaded in other widths than it was stored in, and so wait until the tile before is in the cache.
    /// </summary>
    public TileCall(int elementSize, void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
    {
        for (var row = 0; row < VnniCode.Rows; row++) Rows[row] = (nint)rows + ((nint)offsets[row] * elementSize);
        (Panel, PanelStep) = ((nint)panels, loop->PanelStep);
        (Planes, Outer, Inner) = (loop->Planes, loop->Outer, loop->Inner);
        PlaneJump = (loop->PlaneStep - (loop->Outer * loop->OuterStep)) * elementSize;
        (OuterStep, InnerStep) = (loop->OuterStep * elementSize, loop->InnerStep * elementSize);
        (Start, C, Stride, Accumulate) = ((nint)start, (nint)c, stride * sizeof(int), accumulate ? 1 : 0);
    }

    /// <summary>An address for each row.</summary>
    [InlineArray(VnniCode.Rows)]
    public struct RowAddresses
    {
        private nint first;
    }
}
