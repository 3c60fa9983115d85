using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>The tensors of an output stage; all have the output's length unless it is said.</summary>
/// <param name="Output">Written: what <see cref="IOutputStage.Value"/> gives.</param>
public readonly record struct StageTensors(Tensor Output)
{
    /// <summary>Written: what <see cref="IOutputStage.Mask"/> gives, UInt8.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>Written by a product with a pooling: the positions of the maxima, UInt8.</summary>
    public Tensor? Position { get; init; }

    /// <summary>Written by a product: its accumulators before the pooling and the stage, for those who look into a step.</summary>
    public Tensor? Kept { get; init; }

    /// <summary>Read: the output is 0 where this byte has not all of <see cref="GateBits"/>, UInt8.</summary>
    public Tensor? Gate { get; init; }

    /// <summary>See <see cref="Gate"/>.</summary>
    public int GateBits { get; init; }

    /// <summary>Read: the range from which the stage makes its constants, Int64 [1].</summary>
    public Tensor? Range { get; init; }

    /// <summary>Written: <see cref="ExponentIn"/>, or 0, plus <see cref="IOutputStage.Exponent"/>, Int64 [1].</summary>
    public Tensor? Exponent { get; init; }

    /// <summary>
    /// Written in the same pass, Int64 [3], or [1] for the first alone, of what the stage reads: [0] the greatest magnitude, for the range of a
    /// later step; [1] the elements that saturate, those beyond <see cref="StatisticLimit"/> output units of 2^exponent; [2] those that
    /// underflow: not 0, but their value is. One whose gate has not all of <see cref="StatisticGateBits"/> counts as 0.
    /// </summary>
    public Tensor? Statistic { get; init; }

    /// <summary>See <see cref="Statistic"/>: the greatest magnitude of the output.</summary>
    public int StatisticLimit { get; init; }

    /// <summary>See <see cref="Statistic"/>: as <see cref="GateBits"/>, which may stop more.</summary>
    public int StatisticGateBits { get; init; }

    /// <summary>
    /// Written by all but functions of columns: the sums of the output and of its squares by column, Int64 [2, columns], see
    /// <see cref="BatchNormSums"/>; of an output of 8 or 16 bits.
    /// </summary>
    public Tensor? ColumnSums { get; init; }

    /// <summary>Read: the exponent of the input's unit, Int64 [1].</summary>
    public Tensor? ExponentIn { get; init; }

    /// <summary>
    /// Read: added to every accumulator of a column before the stage, Int32 [columns]; the sums were proved to fit 32 bits. Columns, here and below,
    /// are the output's innermost extent: element i is in column i mod columns.
    /// </summary>
    public Tensor? Start { get; init; }

    /// <summary>Read: the multiplier M0 of each column, Int32 [columns], from 0 on; see <see cref="FixedMultiply.Scale"/>.</summary>
    public Tensor? Multipliers { get; init; }

    /// <summary>Read, where there are multipliers: the shift of each column, from -31 to 30, Int32 [columns].</summary>
    public Tensor? Shifts { get; init; }

    /// <summary>The columns that differ; 0 where none do.</summary>
    internal int Columns => (Start ?? Multipliers)?.Length ?? 0;

    /// <summary>True where there is nothing but an output and perhaps a start.</summary>
    internal bool IsPlain =>
        Mask is null && Kept is null && Gate is null && Exponent is null && Statistic is null && ColumnSums is null && Multipliers is null;

    /// <summary>Bytes of the tensors that are given.</summary>
    internal long ByteLength =>
        Output.ByteLength + Of(Mask) + Of(Position) + Of(Kept) + Of(Gate) + Of(Range) + Of(Statistic) + Of(Exponent) + Of(ExponentIn)
        + Of(ColumnSums) + Of(Start) + Of(Multipliers) + Of(Shifts);

    /// <summary>The random bits; element i draws those of index <see cref="FirstRandom"/> + i.</summary>
    public RandomKey Key { get; init; }

    /// <summary>See <see cref="Key"/>; from 0 to 2^33.</summary>
    public long FirstRandom { get; init; }

    /// <summary>Whether each of so many images of the output has whole rows of the columns that are summed.</summary>
    internal bool HasWholeRows(int images) => ColumnSums is null || Output.Length / images % Math.Max(1, ColumnSums.Length / 2) == 0;

    /// <summary>Refuses columns that are not those of the output.</summary>
    /// <exception cref="ArgumentException">Their tensors differ in length or type, or do not divide the output.</exception>
    internal void RequireColumns()
    {
        if (ColumnSums is not null) RequireSums(ColumnSums);
        if (Columns == 0 && Shifts is null) return;
        var together = Multipliers is null == Shifts is null && Columns > 0 && Output.Length % Columns == 0;
        if (together && Fits(Start) && Fits(Multipliers) && Fits(Shifts)) return;
        throw new ArgumentException(
            $"a stage's columns: start {Text(Start)}, multipliers {Text(Multipliers)}, shifts {Text(Shifts)}, but an output {Output.Shape} needs " +
            "Int32 of one length that divides its own, and multipliers with shifts");
    }

    private void RequireSums(Tensor sums)
    {
        var columns = sums.Length / 2;
        if (sums.Type == ElementType.Int64 && columns > 0 && sums.Length % 2 == 0 && Output.Length % columns == 0
            && (Columns == 0 || Columns == columns) && Output.Type is ElementType.Int8 or ElementType.Int16) return;
        throw new ArgumentException(
            $"a stage's sums by column {Text(sums)} of an output {Text(Output)} with {Columns} columns: they need Int64 [2, columns] that divide " +
            "the output's length, and an output of 8 or 16 bits");
    }

    private static string Text(Tensor? tensor) => tensor is null ? "none" : $"{tensor.Type} {tensor.Shape}";

    private bool Fits(Tensor? tensor) => tensor is null || (tensor.Type == ElementType.Int32 && tensor.Length == Columns);

    private static long Of(Tensor? tensor) => tensor?.ByteLength ?? 0;
}
