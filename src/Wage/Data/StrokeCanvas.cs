namespace Wage.Data;

/// <summary>
/// Draws line segments with round ends onto a small gray image, anti-aliased, in integers: 256 units are a pixel, whose centre is at 128.
/// Holds for each pixel the squared distance to the nearest segment, so that crossing strokes do not add up.
/// </summary>
internal readonly ref struct StrokeCanvas
{
    /// <summary>Units of a pixel.</summary>
    internal const int Unit = 256;

    private readonly Span<int> squares;
    private readonly int side;
    private readonly int reach;

    /// <summary>An empty canvas.</summary>
    /// <param name="squares">Working memory, side * side.</param>
    /// <param name="side">Rows and columns, at most 64.</param>
    /// <param name="radius">Half the stroke's width, in units, at most 16 pixels.</param>
    internal StrokeCanvas(Span<int> squares, int side, int radius)
    {
        this.squares = squares;
        this.side = side;
        reach = radius + (Unit / 2);
        squares.Fill(reach * reach);
    }

    /// <summary>Adds the segment from (ax, ay) to (bx, by), in units, each within 2^20 of the canvas.</summary>
    internal void Segment(int ax, int ay, int bx, int by)
    {
        long dx = bx - ax, dy = by - ay;
        var length2 = (dx * dx) + (dy * dy);
        var (left, right) = Bounds(Math.Min(ax, bx), Math.Max(ax, bx));
        var (top, bottom) = Bounds(Math.Min(ay, by), Math.Max(ay, by));
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                long px = (x * Unit) + (Unit / 2) - ax, py = (y * Unit) + (Unit / 2) - ay;
                var along = (px * dx) + (py * dy);
                long square;
                if (along <= 0)
                {
                    square = (px * px) + (py * py);
                }
                else if (along >= length2)
                {
                    square = ((px - dx) * (px - dx)) + ((py - dy) * (py - dy));
                }
                else
                {
                    var across = (px * dy) - (py * dx);
                    square = across * across / length2;
                }

                ref var least = ref squares[(y * side) + x];
                if (square < least) least = (int)square;
            }
        }
    }

    /// <summary>How much of the pixel is inked, 0..256: 256 from half a pixel inside the edge, 0 from half a pixel outside.</summary>
    internal int Coverage(int pixel)
    {
        var square = squares[pixel];
        return square >= reach * reach ? 0 : Math.Clamp(reach - SquareRoot(square), 0, Unit);
    }

    /// <summary>floor(sqrt(x)) for x in [0, 2^30), a bit at a time.</summary>
    private static int SquareRoot(int x)
    {
        var root = 0;
        for (var bit = 1 << 14; bit != 0; bit >>= 1)
        {
            var next = root | bit;
            if (next * next <= x) root = next;
        }

        return root;
    }

    /// <summary>The pixels whose centre can be within reach of [low, high] along one axis.</summary>
    private (int First, int Last) Bounds(int low, int high) =>
        (Math.Max(0, (low - reach - (Unit / 2)) >> 8), Math.Min(side - 1, (high + reach) >> 8));
}
