using Wage.Numbers;

namespace Wage.Losses;

/// <summary>
/// A loss of one sample, for <see cref="Backends.IBackend.LossErrors{L}"/>: an unmanaged struct whose fields are its parameters (no truth values),
/// from any assembly. What a class has to say is added up, and then every class gets its error. Kernels run it too: it is public, does not throw,
/// allocates nothing, and nothing in it wraps.
/// </summary>
public interface ILossRow
{
    /// <summary>What one class adds to <see cref="ScoreRow.Sum"/>, which is 0 meanwhile.</summary>
    /// <param name="score">Its score.</param>
    /// <param name="isLabel">Whether it is the label.</param>
    /// <param name="row">What is known of all of them.</param>
    long Term(long score, bool isLabel, in ScoreRow row);

    /// <summary>The derivative of the loss with respect to this score; it must fit its tensor.</summary>
    /// <inheritdoc cref="Term"/>
    long Error(long score, bool isLabel, in ScoreRow row);

    /// <summary>The loss of the sample.</summary>
    long Loss(in ScoreRow row);
}

/// <summary>What a loss knows of all scores of a sample.</summary>
/// <param name="Greatest">The greatest score.</param>
/// <param name="Label">The label's.</param>
/// <param name="Sum">The sum of the classes' terms.</param>
public readonly record struct ScoreRow(long Greatest, long Label, long Sum);

/// <summary>delta = score - one [j = label]; the loss is the sum of round-half-even(delta / 2^dropped)^2.</summary>
/// <param name="One">The label's score.</param>
/// <param name="Dropped">Bits that the sum leaves out, so that it fits.</param>
public readonly record struct SquaredErrorRow(long One, int Dropped) : ILossRow
{
    /// <inheritdoc/>
    public long Term(long score, bool isLabel, in ScoreRow row)
    {
        var error = FixedPoint.Round(Error(score, isLabel, row), Dropped, Rounding.HalfEven);
        return checked(error * error);
    }

    /// <inheritdoc/>
    public long Error(long score, bool isLabel, in ScoreRow row) => isLabel ? checked(score - One) : score;

    /// <inheritdoc/>
    public long Loss(in ScoreRow row) => row.Sum;
}

/// <summary>
/// delta = <see cref="IntegerSoftmax"/> probability j (unit 2^-30) - 2^30 [j = label]; the loss is -ln p(label) in units of 2^-20.
/// </summary>
/// <param name="FractionBits">Of the scores.</param>
public readonly record struct CrossEntropyRow(int FractionBits) : ILossRow
{
    /// <inheritdoc/>
    public long Term(long score, bool isLabel, in ScoreRow row) => IntegerSoftmax.Exponential(checked(row.Greatest - score), FractionBits);

    /// <inheritdoc/>
    public long Error(long score, bool isLabel, in ScoreRow row)
    {
        var p = IntegerSoftmax.Probability(Term(score, isLabel, row), row.Sum);
        return isLabel ? checked(p - (1L << IntegerSoftmax.ProbabilityBits)) : p;
    }

    /// <inheritdoc/>
    public long Loss(in ScoreRow row) => IntegerSoftmax.NegativeLog(checked(row.Greatest - row.Label), FractionBits, row.Sum);
}
