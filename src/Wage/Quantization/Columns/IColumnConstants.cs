using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>The constants of an element's column, over lanes: what formulas with columns read besides the elements.</summary>
/// <typeparam name="T">The lanes.</typeparam>
public interface IColumnConstants<T>
    where T : struct, ILanes<T>
{
    /// <summary>Number <paramref name="row"/> of the column.</summary>
    T At(int row);
}

/// <summary>Which column an element is in: element i is in column floor(i / Run) mod Count. A kernel takes it: nothing in it wraps.</summary>
/// <param name="Count">C, the columns.</param>
/// <param name="Run">
/// Neighbours that share a column: 1 where columns are the innermost extent, as channels are; the fan-in where they are the rows of weights.
/// </param>
/// <param name="Each">The elements of a column.</param>
public readonly record struct ColumnLayout(int Count, int Run, int Each)
{
    /// <summary>Of a tensor, whose columns' constants are Int32 [rows, C].</summary>
    /// <exception cref="ArgumentException">The columns do not divide the tensor, or the constants are not as many.</exception>
    internal static ColumnLayout Of(Tensor x, Tensor? y, Tensor? constants, int rows, int count, int run)
    {
        var fits = count > 0 && run > 0 && x.Length % ((long)count * run) == 0 && (y is null || y.Length == x.Length);
        var reads = rows == 0 || (constants is { Type: ElementType.Int32 } && constants.Length == rows * (long)count);
        if (fits && reads) return new ColumnLayout(count, run, x.Length / count);
        throw new ArgumentException(
            $"columns: {count} columns in runs of {run} do not divide {Text(x)}, or {Text(y)} has another length, or {Text(constants)} has not " +
            $"{rows} Int32 for each", nameof(x));

        static string Text(Tensor? tensor) => tensor is null ? "none" : $"{tensor.Type} {tensor.Shape}";
    }

    /// <summary>Of <see cref="Backends.IBackend.MapColumns{F, S}"/>.</summary>
    /// <exception cref="ArgumentException">See above; or the stage has columns of its own.</exception>
    internal static ColumnLayout Of<F>(Tensor x, Tensor? y, Tensor constants, int run, in StageTensors t)
        where F : unmanaged, IColumnFunction
    {
        if (t.Columns == 0 && t.Shifts is null && t.ColumnSums is null) return Of(x, y, constants, F.Constants, constants.Length / F.Constants, run);
        throw new ArgumentException("columns: the stage of a function with columns has no start, scales or sums of its own", nameof(t));
    }

    /// <summary>The column of element i.</summary>
    public int Of(long i) => checked((int)(i / Run % Count));

    /// <summary>Element number <paramref name="m"/> of a column.</summary>
    public long Element(int column, long m) => checked((((m / Run * Count) + column) * Run) + (m % Run));
}
