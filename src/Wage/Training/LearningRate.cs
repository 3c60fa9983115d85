using System.Numerics;
using Wage.Numbers;

namespace Wage.Training;

/// <summary>
/// eta by epoch: each entry holds from its epoch (counted from 0) on. A decay or a warm-up is such entries too, one for each epoch; or it changes
/// with every step. Both are computed in integers: a ratio whose parts an entry may have is exact, any other is rounded to 12 significant bits, of
/// them those down to 2^-20.
/// </summary>
public sealed class LearningRate
{
    /// <summary>The most epochs of a decay or a warm-up.</summary>
    public const int MostEpochs = 100_000;

    /// <summary>The most steps of a decay that changes with every step.</summary>
    public const int MostSteps = 1 << 22;

    private const long MostNumerator = 1 << 14;
    private const long MostDenominator = 1 << 20;
    private const int SignificantBits = 12;
    private const int LeastExponent = 20;
    private readonly (int Epoch, Ratio Eta)[] schedule;
    private readonly RateRamp? ramp;
    private readonly int stageEpochs;
    private readonly int stages = 1;

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

        foreach (var (epoch, eta) in schedule) RequireAllowed(epoch, eta);
        this.schedule = schedule;
    }

    private LearningRate(RateRamp ramp, (int Epoch, Ratio Eta)[] schedule, int stageEpochs, int stages)
        : this(schedule) => (this.ramp, this.stageEpochs, this.stages) = (ramp, stageEpochs, stages);

    /// <summary>The entries; of a rate that changes with every step what it is in the middle of each epoch.</summary>
    public IReadOnlyList<(int Epoch, Ratio Eta)> Schedule => schedule;

    /// <summary>True where the rate changes with every step.</summary>
    public bool IsByStep => ramp is not null;

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

    /// <summary>
    /// A rate that changes with every step: from 0 up to one rate along a line, and from there to another along a line; a step's is that in its
    /// middle. With x = (2 t + 1) / (2 T) in step t of T, counted from 0, and the warm-up w: from x / w while x is less than w, else
    /// from + (to - from) (x - w) / (1 - w). After its epochs it stays as in the last step.
    /// </summary>
    /// <param name="from">The greatest rate, or where the decay begins.</param>
    /// <param name="to">Where it ends; null: at 0, which no step has.</param>
    /// <param name="epochs">How many, 1 to <see cref="MostEpochs"/>.</param>
    /// <param name="warmUp">w, the share of them that is the warm-up, below 1; null: none.</param>
    /// <exception cref="WageException">A rate is none that an entry may have, the warm-up leaves nothing, or there are too many epochs.</exception>
    public static LearningRate LinearByStep(Ratio from, Ratio? to, int epochs, Ratio? warmUp = null) =>
        ByStep(new RateRamp(from, to, epochs, warmUp, IsCosine: false));

    /// <summary>The same along half a cosine: to + (from - to) (1 + cos(pi (x - w) / (1 - w))) / 2.</summary>
    /// <inheritdoc cref="LinearByStep"/>
    public static LearningRate CosineByStep(Ratio from, Ratio? to, int epochs, Ratio? warmUp = null) =>
        ByStep(new RateRamp(from, to, epochs, warmUp, IsCosine: true));

    /// <summary>The same with a linear warm-up: in epoch e below n, counted from 0, the rate is (e + 1) / (n + 1) of what it would be.</summary>
    /// <param name="epochs">n, 0 to <see cref="MostEpochs"/>.</param>
    /// <exception cref="WageException">There are too many epochs.</exception>
    /// <exception cref="InvalidOperationException">The rate changes with every step, and has its warm-up.</exception>
    public LearningRate WithWarmUp(int epochs)
    {
        if (IsByStep) throw new InvalidOperationException("the rate changes with every step, and has its warm-up");
        RequireEpochs(epochs, 0);
        if (epochs == 0) return this;
        var slow = Enumerable.Range(0, epochs).Select(e =>
            (e, Allowed(At(e).Numerator * (BigInteger)(e + 1), At(e).Denominator * (BigInteger)(epochs + 1))));
        return new LearningRate(Joined([.. slow, (epochs, At(epochs)), .. schedule.Where(entry => entry.Epoch > epochs)]));
    }

    /// <summary>The schedule of so many epochs, again and again.</summary>
    /// <param name="epochs">Of each time; what comes later in this schedule does not come.</param>
    /// <param name="times">At least 1; of 1 it is this one.</param>
    public LearningRate Repeated(int epochs, int times)
    {
        if (times == 1) return this;
        var entries = Joined([.. Enumerable.Range(0, times).SelectMany(time => schedule.Where(entry => entry.Epoch < epochs)
            .Select(entry => ((time * epochs) + entry.Epoch, entry.Eta)))]);
        return ramp is null ? new LearningRate(entries) : new LearningRate(ramp, entries, epochs, times);
    }

    /// <summary>eta in a step.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="step">Of the epoch, counted from 0.</param>
    /// <param name="steps">Of every epoch.</param>
    public Ratio At(int epoch, int step, int steps)
    {
        if (ramp is null) return At(epoch);
        var ofStage = epoch < (long)stageEpochs * stages ? epoch % stageEpochs : epoch - ((long)stageEpochs * (stages - 1));
        return AtStep(ramp, Math.Min((ofStage * steps) + step, ((long)ramp.Epochs * steps) - 1), (long)ramp.Epochs * steps);
    }

    /// <summary>Every rate that a step can have, some more than once.</summary>
    /// <param name="steps">Of an epoch.</param>
    /// <exception cref="WageException">The rate changes with every step, and these are more than <see cref="MostSteps"/>.</exception>
    public IEnumerable<Ratio> Rates(int steps)
    {
        if (ramp is null) return schedule.Select(entry => entry.Eta);
        var all = (long)ramp.Epochs * steps;
        if (all > MostSteps)
            throw new WageException($"{Term.Eta}: changes with every step of {all}, but of at most {MostSteps}.", "take one that changes by epoch.");
        return Enumerable.Range(0, (int)all).Select(step => AtStep(ramp, step, all));
    }

    /// <summary>Checks every rate that a step can have; given are the entries, of a rate that changes with every step its greatest.</summary>
    /// <exception cref="WageException">See <see cref="ITrainable.RequireRate"/>.</exception>
    internal void Require(ITrainable network, int steps)
    {
        foreach (var eta in Rates(steps)) network.RequireRate(eta, isGiven: ramp is null);
        network.RequireRate(ramp?.From ?? schedule[0].Eta, isGiven: true);
    }

    /// <summary>eta in this epoch; of a rate that changes with every step that in the epoch's middle.</summary>
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

    private static LearningRate ByStep(RateRamp ramp)
    {
        RequireEpochs(ramp.Epochs, 1);
        if (ramp.WarmUp is { } share && share.Numerator >= share.Denominator)
            throw new WageException($"{Term.Eta}: the warm-up is {share} of the steps, but must leave some.", "take a shorter one.");
        RequireAllowed(0, ramp.From);
        RequireAllowed(ramp.Epochs - 1, ramp.To ?? ramp.From);
        return new LearningRate(
            ramp, Joined([.. Enumerable.Range(0, ramp.Epochs).Select(epoch => (epoch, AtStep(ramp, epoch, ramp.Epochs)))]), ramp.Epochs, 1);
    }

    private static Ratio AtStep(RateRamp ramp, long step, long steps)
    {
        var (numerator, denominator) = ramp.At(step, steps);
        return Allowed(numerator, denominator);
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

    private static void RequireAllowed(int epoch, Ratio eta)
    {
        if (eta.Numerator is < 1 or > MostNumerator || eta.Denominator > MostDenominator)
            throw new WageException(
                $"{Term.Eta}: is {eta} from epoch {epoch}, but must be a ratio with a numerator up to 2^14 and a denominator up to 2^20.");
    }

    private static void RequireEpochs(int epochs, int least)
    {
        if (epochs < least || epochs > MostEpochs)
            throw new WageException($"{Term.Eta}: {epochs} epochs of decay or warm-up, but they must be {least} to {MostEpochs}.");
    }
}
