using Wage.Tensors;

namespace Wage.Backends;

/// <summary>Where the columns of a tensor lie in the rows of a wider one. A kernel takes it: nothing in it wraps.</summary>
/// <param name="Source">The columns that are taken.</param>
/// <param name="Destination">The columns of a row of the destination.</param>
/// <param name="First">The first of them that is written.</param>
/// <param name="Rows">The rows of both.</param>
public readonly record struct Columns(int Source, int Destination, int First, int Rows)
{
    /// <summary>Those of <see cref="IBackend.CopyColumns"/>.</summary>
    /// <exception cref="ArgumentException">Types or rows differ, or the columns do not fit.</exception>
    public static Columns Of(Tensor source, Tensor destination, int first)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        var (from, to) = (source.Shape[source.Shape.Rank - 1], destination.Shape[destination.Shape.Rank - 1]);
        var columns = new Columns(from, to, first, source.Length / from);
        if (source.Type == destination.Type && columns.Rows == destination.Length / to && first >= 0 && first <= to - from) return columns;
        throw new ArgumentException(
            $"columns: {source.Type} {source.Shape} does not fit {destination.Type} {destination.Shape} from column {first} on", nameof(source));
    }

    /// <summary>The destination of element i of the source.</summary>
    public int Place(int i) => checked((i / Source * Destination) + First + (i % Source));
}
