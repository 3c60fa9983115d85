using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>What an observer does not care for.</summary>
internal class StepsIgnored
{
    public void Started(Run run, IReadOnlyList<EpochRow> rows)
    {
    }

    public void Stepped(Trainer trainer)
    {
    }

    public void Testing(Trainer trainer)
    {
    }

    public void EpochDone(EpochRow row, bool isBest)
    {
    }
}
