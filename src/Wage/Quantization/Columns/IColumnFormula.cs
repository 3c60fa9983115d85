using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// What becomes of the few numbers that each column has, for <see cref="Backends.IBackend.EachColumn{F}"/>: divisions, roots, running means. An
/// unmanaged struct whose fields are its parameters (no truth values), from any assembly. Kernels run it too: it is public, does not throw, allocates
/// nothing, and nothing in it wraps.
/// </summary>
public interface IColumnFormula
{
    /// <summary>Reads the numbers of one column and writes others.</summary>
    /// <typeparam name="TC">Where the numbers are.</typeparam>
    /// <param name="c">The column. What it writes may be what it alone reads; what other columns read is not written.</param>
    void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers;
}

/// <summary>
/// The numbers of a column in the tensors of <see cref="Backends.IBackend.EachColumn{F}"/>. A tensor of one element has the same for all columns.
/// </summary>
public interface IColumnNumbers
{
    /// <summary>The column, from 0 on.</summary>
    int Column { get; }

    /// <summary>How many there are.</summary>
    int Columns { get; }

    /// <summary>Number <paramref name="row"/> of a column in tensor <paramref name="input"/> of those that are read.</summary>
    long Get(int input, int row, int column);

    /// <summary>Writes number <paramref name="row"/> of this column in tensor <paramref name="output"/> of those that are written.</summary>
    void Set(int output, int row, long value);
}

/// <summary>
/// output 0 = input 0 times 2^Shift, of one number for each column: sums as constants, or, of the sums of a filter's weights, the
/// <see cref="StageTensors.Start"/> that a zero point of -2^Shift adds.
/// </summary>
/// <param name="Shift">From 0 to 30; the results fit the output.</param>
public readonly record struct ScaleColumns(int Shift) : IColumnFormula
{
    /// <inheritdoc/>
    public void Of<TC>(in TC c)
        where TC : struct, IColumnNumbers => c.Set(0, 0, FixedPoint.ShiftLeft(c.Get(0, 0, c.Column), Shift));
}
