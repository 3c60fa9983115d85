using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Simulation.Stochastic;

/// <summary>How the ratio grows over a run.</summary>
internal enum RatioForm
{
    /// <summary>A stage for each ratio, each a whole schedule of epochs and learning rates.</summary>
    Stages,

    /// <summary>One schedule, the same number of epochs for each ratio, the last ones taking what is left.</summary>
    Stepped,

    /// <summary>One schedule; a line from the first ratio in the first epoch to the last one in the last.</summary>
    Epoch,
}

/// <summary>The share of a layer's units that a step quantizes, by the epoch: an exact ratio.</summary>
/// <param name="form">How it grows.</param>
/// <param name="ratios">At least one, none less than the one before; of one the form does not matter.</param>
internal sealed class RatioSchedule(RatioForm form, IReadOnlyList<Ratio> ratios)
{
    /// <summary>The first step's.</summary>
    public Ratio First => ratios[0];

    /// <summary>True when every step quantizes everything.</summary>
    public bool IsWhole => First.Numerator == First.Denominator;

    /// <summary>How many stages, and whether the number of epochs must be known.</summary>
    public Schemes.SchemeSchedule Plan => ratios.Count == 1 ? default
        : new(form == RatioForm.Stages ? ratios.Count - 1 : 0, NeedsEpochs: true);

    /// <summary>The ratio of a step.</summary>
    /// <exception cref="InvalidOperationException">The epochs are not known.</exception>
    public Ratio At(in RunPosition at)
    {
        if (ratios.Count == 1) return First;
        if (form == RatioForm.Stages) return ratios[Math.Min(at.Stage, ratios.Count - 1)];
        if (at.Epochs == 0) throw new InvalidOperationException("this schedule follows the epochs: set TrainingOptions.StageEpochs");
        var (epoch, last) = (Math.Min(at.Epoch, at.Epochs - 1), at.Epochs - 1);
        if (form == RatioForm.Stepped) return ratios[(int)((long)epoch * ratios.Count / at.Epochs)];
        if (last == 0) return ratios[^1];
        var (from, to) = (First, ratios[^1]);
        return new Ratio(
            (from.Numerator * to.Denominator * (last - epoch)) + (to.Numerator * from.Denominator * epoch), from.Denominator * to.Denominator * last);
    }

    /// <summary>N_q = m - floor((1 - r) m).</summary>
    public static int Quantized(Ratio ratio, int units) =>
        (int)(units - (Int128)(ratio.Denominator - ratio.Numerator) * units / ratio.Denominator);
}
