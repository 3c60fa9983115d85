using Wage.Observation;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>Watches a run: the console's display, or a test.</summary>
internal interface IRunObserver
{
    /// <summary>Before the first step, with the rows of epochs that are already done.</summary>
    void Started(Run run, IReadOnlyList<EpochRow> rows);

    /// <summary>After every step. Reading the trainer's score costs a transfer from the device, so do it seldom.</summary>
    void Stepped(Trainer trainer);

    /// <summary>Before a step that is looked into, which takes longer than another.</summary>
    void Looking(Trainer trainer)
    {
    }

    /// <summary>Something is wrong with a layer; told once per layer and cause.</summary>
    void Warned(TrainingWarning warning)
    {
    }

    /// <summary>A line about the run's folder that the user should read.</summary>
    void Noticed(string line)
    {
    }

    /// <summary>The epoch's steps are done and the test images follow.</summary>
    void Testing(Trainer trainer);

    /// <summary>An epoch is done and saved.</summary>
    void EpochDone(EpochRow row, bool isBest);
}
