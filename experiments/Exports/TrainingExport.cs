using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Export.C;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Experiments.Exports;

/// <summary>The training that an export of a run's model in C goes on with.</summary>
/// <param name="Run">The run.</param>
/// <param name="Batch">The most images of a step.</param>
internal sealed record TrainingExport(SavedRun Run, int Batch)
{
    /// <summary>The training of a model that a command is given.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The most images of a step; null: the run's batch.</param>
    /// <exception cref="WageException">There are no stored weights, or the batch is none.</exception>
    public static TrainingExport Of(SavedModel model, int? batch)
    {
        if (model is not SavedRun run)
            throw new WageException(
                $"--training: {model.Path} holds a model without its stored weights, from which a training goes on.",
                "name the run's folder, or a checkpoint.");
        if (batch < 1) throw new WageException($"--batch: is {batch}, but must be at least 1.");
        return new TrainingExport(run, batch ?? run.Recipe.Batch);
    }

    /// <summary>The program.</summary>
    /// <exception cref="WageException">C does not train such a network, or the checkpoint is not the recipe's.</exception>
    public CTraining Program(CProgram model)
    {
        var (checkpoint, recipe) = (Run.Checkpoint, Run.Recipe);
        var value = new GivenValue("training.batch", Batch.ToString(CultureInfo.InvariantCulture), "--batch");
        using var planned = RunBuilder.PlanNetwork(recipe.With([value]), Run.Shape);
        checkpoint.RequireModel(planned);
        if (planned is not Network network)
            throw new WageException($"--training: {Run.Path} was trained by {planned.SchemeName}, but C trains WAGE's integers.",
                "export it without --training.");
        return CTraining.Of(network, checkpoint.Weights, new(checkpoint.Seed, Step, Eta), model);
    }

    /// <summary>What the command prints of it.</summary>
    public IEnumerable<(string Label, string Value)> Describe(CTraining program)
    {
        yield return (
            "training", $"steps of up to {Format.Count(Batch)} images, from step {Format.Count(Step)} on, eta {Eta}, seed {Run.Checkpoint.Seed}");
        yield return ("train flash", $"{Format.Count(program.FlashBytes)} bytes of stored weights and a table, and the code");
        yield return (
            "train RAM", $"{Format.Count(program.StateBytes)} bytes of state, {Format.Count(program.WorkBytes)} bytes of work, and the stack");
        yield return ("train passes", "forward once; errors and gradients twice, so that no sums are kept");
    }

    /// <summary>The number of the next step.</summary>
    private uint Step => checked((uint)((Run.Checkpoint.Epoch * (long)StepsPerEpoch) + Run.Checkpoint.StepInEpoch));

    /// <summary>The next step's learning rate, which stays.</summary>
    private Ratio Eta =>
        Run.Recipe.Rate.At(Run.Checkpoint.Epoch, Run.Checkpoint.StepInEpoch, Math.Max(StepsPerEpoch, Run.Checkpoint.StepInEpoch + 1));

    /// <summary>The steps of the last epoch, whose images were counted; before its end nobody knows them.</summary>
    private int StepsPerEpoch => (int)((Run.Checkpoint.Last?.Train.Counted ?? 0) / Run.Recipe.Batch);
}
