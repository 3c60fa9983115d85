using System.Globalization;
using Wage.Data;
using Wage.Experiments.Runs;
using Wage.Observation;

namespace Wage.Experiments.Display;

/// <summary>What the console says before and after a run.</summary>
internal static class RunText
{
    /// <summary>What is trained, on what, with what, and where to.</summary>
    public static IEnumerable<string> Header(Run run)
    {
        var (network, trainer) = (run.Trainer.Network, run.Trainer);
        var (recipe, images) = (run.Recipe, network.ImageShape);
        yield return $"recipe   {recipe.Name}, seed {recipe.Seed.ToString(CultureInfo.InvariantCulture)}";
        var (training, test) = (Format.Count(run.Data.Train.Count), Format.Count(run.Data.Test.Count));
        var validation = run.Data.Validation is { } set ? $", {Format.Count(set.Count)} validation" : string.Empty;
        yield return $"data     {run.Data.Name}: {training} training{validation} and {test} test images of {images[1]}x{images[2]}x{images[3]}";
        if (recipe.HasOwnData) yield return $"classes  {run.Data.Classes}: {OneLine.Quote(string.Join(", ", run.Data.ClassNames))}";
        if (Untrained(run.Data) is { } untrained) yield return $"         {untrained}";
        var weights = Format.Count(network.Table.Sum(row => row.Parameters));
        yield return $"model    {recipe.ModelKind}, {weights} weights, {network.SchemeName}, {network.LossName}";
        var epochs = recipe.Epochs == 1 ? "1 epoch" : $"each of {Format.Count(recipe.Epochs)} epochs";
        yield return $"steps    {Format.Count(trainer.StepsPerEpoch)} of {recipe.Batch} images in {epochs}" +
            (recipe.Stages == 1 ? string.Empty : $": {recipe.Stages} stages of {Format.Count(recipe.StageEpochs)}, each with all learning rates");
        yield return $"device   {run.Device}: {network.Backend.Description}";
        if (run.Ranks is { Size: > 1 } ranks)
        {
            var machines = Format.Counted(ranks.Places.Select(place => place.Host).Distinct().Count(), "machine");
            yield return $"workers  {Format.Counted(ranks.Size, "rank")} on {machines}, {ranks.Library}";
        }

        yield return $"folder   {run.Folder.Path}";
        if (trainer.Epoch > 0 || trainer.StepInEpoch > 0)
            yield return $"resumes  after {Format.Position(trainer.Epoch, trainer.StepInEpoch)}";
    }

    /// <summary>The classes that a model cannot learn, for want of images; null: there are none.</summary>
    private static string? Untrained(Dataset data)
    {
        var trained = data.Train.Labels.ToHashSet();
        string[] names = [.. data.ClassNames.Where((_, label) => !trained.Contains((byte)label))];
        if (names.Length == 0) return null;
        var asked = new[] { data.Validation, data.Test }.OfType<ImageSet>().Sum(set => set.Labels.Count(label => !trained.Contains(label)));
        return $"no training image has the class {OneLine.Quote(string.Join(", ", names))}; {Format.Count(asked)} of the other images do";
    }

    /// <summary>A warning in one line.</summary>
    public static string Warning(TrainingWarning warning) => $"warning: {warning.Message} HINT: {warning.Remedy.InWords()}";

    /// <summary>Why a run ended before its last epoch.</summary>
    public static string Stopped(Run run) =>
        $"stopped early after epoch {run.Trainer.Epoch}: no better {Chosen.Word(run.Data.Validation is not null)} error in " +
        $"{Format.Counted(run.Recipe.Patience, "epoch")} (training.patience), {Chosen.Note(run.Data.Validation is not null)}";

    /// <summary>What a finished run reached.</summary>
    public static IEnumerable<string> Ending(RunSummary summary, RunFolder folder, TimeSpan time)
    {
        if (summary is { Best: { } best, Last: { } last })
        {
            var label = best.OnValidation ? "validation  " : "test error  ";
            yield return $"best {label} {Format.Percent(best.ChooserError)} (epoch {best.Epoch}, {Chosen.Note(best.OnValidation)})";
            yield return $"last {label} {Format.Percent(last.ChooserError)} (epoch {last.Epoch})";
            if (last.Hybrid is { } hybrid) yield return $"last epoch        {hybrid}";
            if (summary.TestError is { } test)
                yield return $"test error        {Format.Percent(test)} (epoch {best.Epoch}, the test images read once)";
        }

        yield return $"weightsSha256     {summary.WeightsSha256}";
        yield return $"time              {Format.Time(time.TotalSeconds)}";
        yield return $"folder            {folder.Path}";
    }
}
