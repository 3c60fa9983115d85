using Wage.Numbers;
using Wage.Schemes;

namespace Wage.Quantization;

/// <summary>How the share of quantized units grows over a run. Dong et al. 2017.</summary>
public enum RatioForm
{
    /// <summary>A stage for each ratio, each a whole schedule of epochs and learning rates.</summary>
    Stages,

    /// <summary>One schedule, the same number of epochs for each ratio as far as they go; the last epoch has the last ratio.</summary>
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
    public SchemeSchedule Plan => ratios.Count == 1 ? default
        : new(form == RatioForm.Stages ? ratios.Count - 1 : 0, NeedsEpochs: true);

    /// <summary>The ratio of a step.</summary>
    /// <exception cref="InvalidOperationException">The epochs are not known.</exception>
    public Ratio At(in RunPosition at)
    {
        if (ratios.Count == 1) return First;
        if (form == RatioForm.Stages) return ratios[Math.Min(at.Stage, ratios.Count - 1)];
        if (at.Epochs == 0) throw new InvalidOperationException("this schedule follows the epochs: set TrainingOptions.StageEpochs");
        var (epoch, last) = (Math.Min(at.Epoch, at.Epochs - 1), at.Epochs - 1);
        if (last == 0) return ratios[^1];
        if (form == RatioForm.Stepped) return ratios[Stepped(epoch, at.Epochs)];
        var (from, to) = (First, ratios[^1]);
        return new Ratio(
            (from.Numerator * to.Denominator * (last - epoch)) + (to.Numerator * from.Denominator * epoch), from.Denominator * to.Denominator * last);
    }

    /// <summary>
    /// The ratio of an epoch: floor(epoch ratios / epochs); of fewer epochs than ratios, which cannot have each, the same from the first ratio to the
    /// last: floor(epoch (ratios - 1) / (epochs - 1)).
    /// </summary>
    private int Stepped(int epoch, int epochs) => (int)(epochs >= ratios.Count
        ? (long)epoch * ratios.Count / epochs : (long)epoch * (ratios.Count - 1) / (epochs - 1));

    /// <summary>N_q = m - floor((1 - r) m).</summary>
    public static int Quantized(Ratio ratio, int units) =>
        (int)(units - (Int128)(ratio.Denominator - ratio.Numerator) * units / ratio.Denominator);
}
