using Wage.Workers;

namespace Wage.Training;

/// <summary>Loss and correct samples among some, as integers: reports divide.</summary>
/// <param name="LossSum">The summed loss, in units of 2^-LossFractionBits.</param>
/// <param name="LossFractionBits">See LossSum.</param>
/// <param name="Correct">Samples whose greatest score is the label's.</param>
/// <param name="Counted">Samples.</param>
public readonly record struct Score(long LossSum, int LossFractionBits, long Correct, long Counted)
{
    /// <summary>Samples that were missed.</summary>
    public long Wrong => Counted - Correct;

    /// <summary>Both together.</summary>
    public static Score operator +(Score left, Score right) => new(
        checked(left.LossSum + right.LossSum), right.LossFractionBits, left.Correct + right.Correct, left.Counted + right.Counted);

    /// <summary>Every worker's together; null: this one's.</summary>
    internal Score Of(Collective? workers)
    {
        if (workers is null) return this;
        Span<long> sums = [LossSum, Correct, Counted];
        workers.Sum(sums);
        return new Score(sums[0], LossFractionBits, sums[1], sums[2]);
    }
}
