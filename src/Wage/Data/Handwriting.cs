using Wage.Numbers;

namespace Wage.Data;

/// <summary>
/// How one image is written: slant, turn, size, place and width, random once, and a displacement per point. Random numbers are taken one after the
/// other from the image's own part of the stream.
/// </summary>
internal struct Handwriting
{
    private const int MostPoints = 64;

    private readonly RandomKey key;
    private readonly int xx, xy, yx, yy, left, top, jitter;
    private ulong next;

    /// <summary>Draws the hand of the image whose draws begin at <paramref name="first"/>.</summary>
    internal Handwriting(RandomKey key, ulong first)
    {
        (this.key, next) = (key, first);

        // Units of 1/256 pixel per font unit, times 16: 100 font units become 14 to 20 pixels high, 60 become 7 to 14 wide.
        var height = Uniform(574, 820);
        var width = height * Uniform(210, 300) >> 8;
        var slant = Uniform(-80, 80);
        var turn = Uniform(-40, 40);
        xx = width;
        xy = (-height * slant >> 8) - (height * turn >> 8);
        yx = width * turn >> 8;
        yy = height;
        left = (14 * StrokeCanvas.Unit) + Uniform(-640, 640);
        top = (14 * StrokeCanvas.Unit) + Uniform(-640, 640);
        jitter = Uniform(1, 5);
        Radius = Uniform(150, 400);
        Brightness = Uniform(150, 255);
    }

    /// <summary>Half the pen's width in canvas units: 0.6 to 1.6 pixels.</summary>
    internal int Radius { get; }

    /// <summary>The ink's gray, 150..255.</summary>
    internal int Brightness { get; }

    /// <summary>The next draw, uniform in [low, high].</summary>
    internal int Uniform(int low, int high) => low + (int)(((ulong)RandomBits.UInt32(key, next++) * (ulong)(high - low + 1)) >> 32);

    /// <summary>Draws a stroke: each point displaced, smooth strokes rounded, then the affine map of this hand.</summary>
    internal void Write(in Stroke stroke, in StrokeCanvas canvas)
    {
        Span<(int X, int Y)> points = stackalloc (int, int)[MostPoints];
        Span<(int X, int Y)> spare = stackalloc (int, int)[MostPoints];
        var count = stroke.Points.Length;
        for (var i = 0; i < count; i++)
        {
            // 16 per font unit from here on, so that rounding corners loses nothing that shows.
            var (x, y) = stroke.Points[i];
            points[i] = (((x - 30) * 16) + Displacement(), ((y - 50) * 16) + Displacement());
        }

        for (var round = 0; stroke.Smooth && round < 2; round++)
        {
            count = CutCorners(points[..count], spare);
            var other = points;
            points = spare;
            spare = other;
        }

        for (var i = 1; i < count; i++)
        {
            var (a, b) = (Place(points[i - 1]), Place(points[i]));
            canvas.Segment(a.X, a.Y, b.X, b.Y);
        }
    }

    private int Displacement() => Uniform(-16 * jitter, 16 * jitter);

    /// <summary>Chaikin 1974: each inner corner gives way to the points a quarter of the way along its two sides; the ends stay.</summary>
    private static int CutCorners(ReadOnlySpan<(int X, int Y)> from, Span<(int X, int Y)> to)
    {
        var count = 0;
        to[count++] = from[0];
        for (var i = 1; i < from.Length; i++)
        {
            var (a, b) = (from[i - 1], from[i]);
            if (i > 1) to[count++] = (((3 * a.X) + b.X) >> 2, ((3 * a.Y) + b.Y) >> 2);
            if (i < from.Length - 1) to[count++] = ((a.X + (3 * b.X)) >> 2, (a.Y + (3 * b.Y)) >> 2);
        }

        to[count++] = from[^1];
        return count;
    }

    private readonly (int X, int Y) Place((int X, int Y) p) =>
        (left + (((p.X * xx) + (p.Y * xy)) >> 8), top + (((p.X * yx) + (p.Y * yy)) >> 8));
}
