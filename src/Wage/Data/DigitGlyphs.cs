namespace Wage.Data;

/// <summary>A stroke: the corners of a pen's path in font units; a smooth one is rounded before it is rasterized.</summary>
internal readonly record struct Stroke(bool Smooth, (int X, int Y)[] Points);

/// <summary>
/// The ways in which <see cref="SyntheticDigits"/> writes each digit, in font units: x 0..60 to the right, y 0..100 downwards. Points of
/// smooth strokes are control points; the curve stays inside their hull, so some lie outside the box.
/// </summary>
internal static class DigitGlyphs
{
    /// <summary>Per digit its variants, each a list of strokes.</summary>
    internal static readonly Stroke[][][] Variants =
    [
        [
            [Curve((32, 0), (2, -2), (-2, 50), (2, 102), (30, 102), (58, 102), (62, 50), (58, -2), (28, 0))],
            [Curve((40, 2), (6, 4), (0, 60), (8, 106), (40, 102), (64, 84), (60, 20), (44, -4), (22, 6))],
        ],
        [
            [Lines((30, 0), (30, 100))],
            [Lines((14, 22), (34, 0), (34, 100))],
            [Lines((14, 20), (32, 0), (32, 100)), Lines((12, 100), (52, 100))],
        ],
        [
            [Curve((4, 26), (6, -2), (54, -6), (60, 32), (36, 62), (2, 100)), Lines((2, 100), (60, 100))],
            [Curve((2, 22), (12, -6), (56, -2), (56, 36), (24, 76), (2, 98)), Curve((2, 98), (20, 86), (42, 106), (62, 92))],
        ],
        [
            [Curve((4, 12), (18, -6), (60, -2), (58, 44), (20, 47)), Curve((20, 47), (64, 48), (66, 100), (22, 108), (0, 86))],
            [Lines((4, 0), (54, 0), (26, 42)), Curve((26, 42), (66, 42), (66, 100), (20, 108), (0, 88))],
        ],
        [
            [Lines((42, 100), (42, 0), (0, 66), (60, 66))],
            [Lines((10, 0), (4, 54), (58, 54)), Lines((48, 6), (44, 100))],
        ],
        [
            [Lines((54, 0), (10, 0), (6, 44)), Curve((6, 44), (34, 30), (66, 44), (62, 98), (20, 108), (0, 88))],
            [Lines((10, 2), (6, 46)), Curve((6, 46), (36, 32), (68, 52), (58, 102), (20, 106), (0, 92)), Lines((10, 2), (56, 0))],
        ],
        [
            [Curve((52, 4), (14, 10), (-4, 60), (4, 106), (56, 108), (62, 58), (32, 44), (4, 68))],
            [Curve((40, 0), (8, 44), (-4, 96), (30, 110), (62, 94), (54, 50), (20, 52), (2, 78))],
        ],
        [
            [Lines((2, 0), (60, 0), (22, 100))],
            [Lines((2, 2), (58, 0), (26, 100)), Lines((18, 52), (54, 50))],
            [Lines((2, 14), (4, 0), (60, 0)), Curve((60, 0), (34, 40), (28, 70), (26, 100))],
        ],
        [
            [Curve((52, 14), (34, -8), (0, 4), (6, 42), (56, 56), (62, 98), (30, 108), (-2, 98), (4, 58), (54, 42), (58, 6), (38, -4))],
            [
                Curve((30, 0), (4, 0), (4, 46), (30, 46), (56, 46), (56, 0), (30, 0)),
                Curve((30, 46), (-4, 48), (-4, 100), (30, 100), (64, 100), (64, 48), (30, 46)),
            ],
        ],
        [
            [Curve((56, 22), (46, -8), (0, -6), (0, 50), (44, 56), (58, 22)), Lines((58, 12), (52, 100))],
            [Curve((56, 24), (44, -8), (0, -4), (2, 52), (46, 52), (58, 20)), Curve((58, 14), (62, 80), (42, 110), (8, 96))],
        ],
    ];

    private static Stroke Curve(params (int, int)[] points) => new(true, points);

    private static Stroke Lines(params (int, int)[] points) => new(false, points);
}
