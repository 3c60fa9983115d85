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
            throw new WageException(
                $"--training: {Run.Path} was trained by {planned.SchemeName}, but there is training in C for the scheme wage alone.",
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
    /// <exception cref="WageException">There is none.</exception>
    private uint Step
    {
        get
        {
            var step = (Run.Checkpoint.Epoch * (Int128)(Steps ?? 0)) + Run.Checkpoint.StepInEpoch;
            return step <= uint.MaxValue ? (uint)step : throw new WageException(
                $"--training: {Run.Path} stands at step {step}, but a training has steps up to {uint.MaxValue}.", "export it without --training.");
        }
    }

    /// <summary>The next step's learning rate, which stays.</summary>
    /// <exception cref="WageException">Nobody says how many steps an epoch has, on which it depends.</exception>
    private Ratio Eta
    {
        get
        {
            var (checkpoint, rate) = (Run.Checkpoint, Run.Recipe.Rate);
            if (rate.IsByStep && Steps is null)
                throw new WageException(
                    $"--training: {Run.Path} does not say how many steps an epoch has, but its learning rate changes with each.",
                    "train it to the end of an epoch.");
            return rate.At(checkpoint.Epoch, checkpoint.StepInEpoch, (int)Math.Min(Steps ?? 1, int.MaxValue));
        }
    }

    private long? Steps => RunRecord.StepsOf(Run.Checkpoint, Run.Recipe);
}
