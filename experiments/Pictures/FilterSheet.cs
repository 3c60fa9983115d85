using System.Text;

namespace Wage.Experiments.Pictures;

/// <summary>Filters side by side in rows, as one bitmap: a file of its own for each would be mostly headers.</summary>
/// <param name="count">How many.</param>
/// <param name="height">Dots of a filter.</param>
/// <param name="width">Likewise.</param>
internal sealed class FilterSheet(int count, int height, int width)
{
    private readonly int columns = Columns(count), gap = Math.Max(1, width / 8);

    /// <summary>In dots.</summary>
    public int Width => (columns * (width + gap)) - gap;

    /// <summary>In dots.</summary>
    public int Height => ((count + columns - 1) / columns * (height + gap)) - gap;

    /// <summary>The areas of the filters as a path, in dots.</summary>
    public string Outline => Enumerable.Range(0, count).Aggregate(
        new StringBuilder(), (path, i) => path.Append($"M{Place(i).X} {Place(i).Y}h{width}v{height}h-{width}z")).ToString();

    /// <summary>The first dot of a filter.</summary>
    public (int X, int Y) Place(int filter) => (filter % columns * (width + gap), filter / columns * (height + gap));

    /// <summary>The bitmap as PNG, nothing between the filters.</summary>
    /// <param name="filters">The dots of each filter, RGBA.</param>
    public byte[] Draw(IReadOnlyList<byte[]> filters)
    {
        var rgba = new byte[4 * Width * Height];
        for (var i = 0; i < count; i++)
        {
            for (var row = 0; row < height; row++)
            {
                var (x, y) = Place(i);
                filters[i].AsSpan(4 * width * row, 4 * width).CopyTo(rgba.AsSpan(4 * ((Width * (y + row)) + x)));
            }
        }

        return Png.Encode(Width, Height, rgba);
    }

    /// <summary>From a square grid to one twice as wide: the one whose last row has the fewest gaps.</summary>
    private static int Columns(int count)
    {
        var least = (int)Math.Ceiling(Math.Sqrt(count));
        return Enumerable.Range(least, least + 1).MinBy(columns => (columns - (count % columns)) % columns);
    }
}
