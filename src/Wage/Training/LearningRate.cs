using System.Numerics;
using Wage.Numbers;

namespace Wage.Training;

/// <summary>
/// eta by epoch: each entry holds from its epoch (counted from 0) on. A decay or a warm-up is such entries too, one for each epoch, computed in
/// integers: a ratio whose parts an entry may have is exact, any other is rounded to 12 significant bits, of them those down to 2^-20.
/// </summary>
public sealed class LearningRate
{
    /// <summary>The most epochs of a decay or a warm-up.</summary>
    public const int MostEpochs = 100_000;

    private const long MostNumerator = 1 << 14;
    private const long MostDenominator = 1 << 20;
    private const int SignificantBits = 12;
    private const int LeastExponent = 20;
    private readonly (int Epoch, Ratio Eta)[] schedule;

    /// <summary>A schedule whose first entry is for epoch 0, in increasing order.</summary>
    /// <exception cref="WageException">The schedule is empty, does not start at 0, or is out of order.</exception>
    public LearningRate(params (int Epoch, Ratio Eta)[] schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (schedule.Length == 0 || schedule[0].Epoch != 0) throw new WageException($"{Term.Eta}: the schedule must have an entry for epoch 0.");
        for (var i = 1; i < schedule.Length; i++)
        {
            if (schedule[i].Epoch <= schedule[i - 1].Epoch)
                throw new WageException($"{Term.Eta}: epoch {schedule[i].Epoch} follows epoch {schedule[i - 1].Epoch}, but epochs must increase.");
        }

        foreach (var (epoch, eta) in schedule)
        {
            if (!IsAllowed(eta))
                throw new WageException(
                    $"{Term.Eta}: is {eta} from epoch {epoch}, but must be a ratio with a numerator up to 2^14 and a denominator up to 2^20.");
        }

        this.schedule = schedule;
    }

    /// <summary>The entries.</summary>
    public IReadOnlyList<(int Epoch, Ratio Eta)> Schedule => schedule;

    /// <summary>
    /// From one rate in epoch 0 to another in the last of these epochs, each epoch the same step; the other rate holds after them.
    /// </summary>
    /// <param name="from">The first epoch's.</param>
    /// <param name="to">The last epoch's.</param>
    /// <param name="epochs">How many, 1 to <see cref="MostEpochs"/>; of one, the rate is the first.</param>
    /// <param name="warmUp">How many of them come before the decay: see <see cref="WithWarmUp"/>.</param>
    /// <exception cref="WageException">A rate is none that an entry may have, or there are too many epochs or too few.</exception>
    public static LearningRate Linear(Ratio from, Ratio to, int epochs, int warmUp = 0) =>
        Decay(from, to, epochs, warmUp, (k, n) => (k, n));

    /// <summary>
    /// The same along half a cosine: to + (from - to) (1 + cos(pi k / n)) / 2 in epoch k of 0 to n. Loshchilov and Hutter 2017, eq. 5.
    /// </summary>
    /// <inheritdoc cref="Linear"/>
    public static LearningRate Cosine(Ratio from, Ratio to, int epochs, int warmUp = 0) =>
        Decay(from, to, epochs, warmUp, (k, n) => (CosineRamp.At(k, n), BigInteger.One << CosineRamp.FractionBits));

    /// <summary>The same with a linear warm-up: in epoch e below n, counted from 0, the rate is (e + 1) / (n + 1) of what it would be.</summary>
    /// <param name="epochs">n, 0 to <see cref="MostEpochs"/>.</param>
    /// <exception cref="WageException">There are too many epochs.</exception>
    public LearningRate WithWarmUp(int epochs)
    {
        RequireEpochs(epochs, 0);
        if (epochs == 0) return this;
        var slow = Enumerable.Range(0, epochs).Select(e =>
            (e, Allowed(At(e).Numerator * (BigInteger)(e + 1), At(e).Denominator * (BigInteger)(epochs + 1))));
        return new LearningRate(Joined([.. slow, (epochs, At(epochs)), .. schedule.Where(entry => entry.Epoch > epochs)]));
    }

    /// <summary>The schedule of so many epochs, again and again.</summary>
    /// <param name="epochs">Of each time; what comes later in this schedule does not come.</param>
    /// <param name="times">At least 1; of 1 it is this one.</param>
    public LearningRate Repeated(int epochs, int times) => times == 1 ? this : new LearningRate(Joined(
        [.. Enumerable.Range(0, times).SelectMany(time => schedule.Where(entry => entry.Epoch < epochs)
            .Select(entry => ((time * epochs) + entry.Epoch, entry.Eta)))]));

    /// <summary>eta in this epoch.</summary>
    public Ratio At(int epoch)
    {
        var (low, high) = (0, schedule.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (schedule[middle].Epoch > epoch) high = middle - 1;
            else low = middle;
        }

        return schedule[low].Eta;
    }

    private static LearningRate Decay(
        Ratio from, Ratio to, int epochs, int warmUp, Func<int, int, (BigInteger Numerator, BigInteger Denominator)> share)
    {
        RequireEpochs(epochs, 1);
        RequireEpochs(warmUp, 0);
        var last = epochs - 1 - warmUp;
        List<(int, Ratio)> entries = [(0, from)];
        for (var k = 1; k < last; k++)
        {
            var (p, q) = share(k, last);
            var numerator = (from.Numerator * to.Denominator * (q - p)) + (to.Numerator * (BigInteger)from.Denominator * p);
            entries.Add((warmUp + k, Allowed(numerator, (BigInteger)from.Denominator * to.Denominator * q)));
        }

        if (last > 0) entries.Add((epochs - 1, to));
        return new LearningRate(Joined(entries)).WithWarmUp(warmUp);
    }

    /// <summary>This ratio where its parts are allowed, else the nearest of few bits, ties to even; at least 2^-20.</summary>
    private static Ratio Allowed(BigInteger numerator, BigInteger denominator)
    {
        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator);
        (numerator, denominator) = (numerator / divisor, denominator / divisor);
        if (numerator <= MostNumerator && denominator <= MostDenominator) return new Ratio((long)numerator, (long)denominator);
        var exponent = Math.Min(LeastExponent, SignificantBits - (int)(numerator.GetBitLength() - denominator.GetBitLength()));
        while (Scaled(exponent).Quotient >> SignificantBits > 0) exponent--;
        var (quotient, remainder, whole) = Scaled(exponent);
        if (2 * remainder > whole || (2 * remainder == whole && !quotient.IsEven)) quotient++;
        var bits = (long)BigInteger.Max(quotient, 1);
        return exponent >= 0 ? new Ratio(bits, 1L << exponent) : new Ratio(bits << -exponent, 1);

        (BigInteger Quotient, BigInteger Remainder, BigInteger Divisor) Scaled(int by)
        {
            var (p, q) = by >= 0 ? (numerator << by, denominator) : (numerator, denominator << -by);
            var floor = BigInteger.DivRem(p, q, out var rest);
            return (floor, rest, q);
        }
    }

    private static (int, Ratio)[] Joined(IReadOnlyList<(int Epoch, Ratio Eta)> entries) =>
        [.. entries.Where((entry, i) => i == 0 || entry.Eta != entries[i - 1].Eta)];

    private static bool IsAllowed(Ratio eta) => eta.Numerator is >= 1 and <= MostNumerator && eta.Denominator <= MostDenominator;

    private static void RequireEpochs(int epochs, int least)
    {
        if (epochs < least || epochs > MostEpochs)
            throw new WageException($"{Term.Eta}: {epochs} epochs of decay or warm-up, but they must be {least} to {MostEpochs}.");
    }
}
