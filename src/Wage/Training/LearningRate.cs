using Wage.Numbers;

namespace Wage.Training;

/// <summary>eta by epoch: each entry holds from its epoch (counted from 0) on.</summary>
public sealed class LearningRate
{
    private readonly (int Epoch, Ratio Eta)[] schedule;

    /// <summary>A schedule whose first entry is for epoch 0, in increasing order.</summary>
    /// <exception cref="WageException">The schedule is empty, does not start at 0, or is out of order.</exception>
    public LearningRate(params (int Epoch, Ratio Eta)[] schedule)
    {
        if (schedule.Length == 0 || schedule[0].Epoch != 0) throw new WageException("training.eta: the schedule must have an entry for epoch 0.");
        for (var i = 1; i < schedule.Length; i++)
        {
            if (schedule[i].Epoch <= schedule[i - 1].Epoch)
                throw new WageException($"training.eta: epoch {schedule[i].Epoch} follows epoch {schedule[i - 1].Epoch}, but epochs must increase.");
        }

        foreach (var (epoch, eta) in schedule)
        {
            if (eta.Numerator < 1 || eta.Numerator > 1 << 14 || eta.Denominator > 1 << 20)
                throw new WageException(
                    $"training.eta: is {eta} from epoch {epoch}, but must be a ratio with a numerator up to 2^14 and a denominator up to 2^20.");
        }

        this.schedule = schedule;
    }

    /// <summary>The entries.</summary>
    public IReadOnlyList<(int Epoch, Ratio Eta)> Schedule => schedule;

    /// <summary>eta in this epoch.</summary>
    public Ratio At(int epoch)
    {
        var i = schedule.Length - 1;
        while (schedule[i].Epoch > epoch) i--;
        return schedule[i].Eta;
    }
}
