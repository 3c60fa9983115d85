using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Commands;

/// <summary>wage eval: scores trained models on the test images, or on others.</summary>
internal static class EvalCommand
{
    private const int MostShown = 20;
    private const int HashShown = 12;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN|FILE")
        {
            Description = "Run folders (their best checkpoints), folders of several, checkpoints, or models' files. Each is scored by itself.",
            Arity = ArgumentArity.OneOrMore,
        };
        var set = CommonOptions.Set("Keys of the data: data.set=./others scores on another data set.");
        var split = new Option<string>("--split")
        {
            Description = $"{string.Join(", ", EvaluatedData.Splits)}: the images (test).",
            HelpName = "NAME",
            DefaultValueFactory = _ => "test",
        };
        CommonOptions.Complete(split, EvaluatedData.Splits);
        var ensemble = new Option<bool>("--ensemble") { Description = "Score several runs as one model, whose scores are the sums of theirs." };
        var json = new Option<bool>("--json") { Description = "Everything as JSON." };
        var (threads, device, data) = (CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        var workers = CommonOptions.Workers();
        var command = new Command("eval", "Test checkpoints: error, loss and hash; precision and recall of each class.")
        {
            runs, set, split, ensemble, json, threads, device, workers, data,
        };
        command.SetAction(parsed => RankGroup.Run(parsed.GetValue(workers), ranks => Execute(
            parsed.GetValue(runs)!, parsed.GetValue(set) ?? [], parsed.GetValue(split)!, parsed.GetValue(ensemble), parsed.GetValue(json),
            parsed.GetValue(device) ?? "auto", parsed.GetValue(threads), parsed.GetValue(data), ranks)));
        return command;
    }

    /// <summary>Tests; the exit code.</summary>
    /// <exception cref="WageException">A checkpoint or the data cannot be read, or do not fit.</exception>
    private static int Execute(
        string[] paths, string[] settings, string split, bool isEnsemble, bool isJson, string device, int threads, string? dataFolder,
        RankGroup ranks)
    {
        var output = ranks.Output;
        var read = ranks.Agreed(() =>
        {
            SavedModel[] runs = [.. paths.SelectMany(GivenRuns.Of).Select(SavedModel.Open)];
            if (isEnsemble && runs.Length < 2) throw new WageException("--ensemble: takes two runs or more.");
            return runs.Select(run => (Run: run, Data: EvaluatedData.Load(run, dataFolder, settings, split))).ToArray();
        });
        if (ranks.Size > 1)
        {
            var hash = Evaluation.HashOf(read.Select(one => (one.Run, one.Data.Images)));
            ranks.RequireEqual("hash of the images and models", hash, "give every machine the same files.");
        }

        (device, threads) = (ranks.Device(device), ranks.Threads(threads));
        Evaluation[] scored = [.. read.Select(one => Evaluation.Of(one.Run, one.Data, split, device, threads, ranks))];
        var together = isEnsemble ? ranks.Agreed(() => Evaluation.Together(scored)) : null;
        if (isJson) WriteJson(scored, together, output);
        else if (scored is [var one]) Write(one, output);
        else WriteSeveral(scored, together, output);
        return 0;
    }

    private static void WriteJson(Evaluation[] scored, Evaluation? together, TextWriter output)
    {
        var json = new JsonObject { ["runs"] = new JsonArray([.. scored.Select(one => one.ToJson())]) };
        if (together is not null) json["ensemble"] = together.ToJson();
        output.WriteLine(json.ToJsonString(Indented));
    }

    private static void Write(Evaluation one, TextWriter output)
    {
        var (run, recipe) = (one.Runs[0], one.Runs[0].Recipe);
        output.WriteLine($"{(run is SavedRun ? "checkpoint" : "model"),-13}  {run.Path}");
        var after = run is SavedRun { Checkpoint: var at } ? $", after {Format.Position(at.Epoch, at.StepInEpoch)}" : "";
        output.WriteLine($"recipe         {recipe.Name}, seed {recipe["training.seed"]}{after}");
        WriteScores(one, output, () =>
        {
            if (one.Hybrid is { } hybrid)
            {
                var both = $"{Format.Percent(1 - hybrid.Error)} hybrid, {Format.Percent(one.Scores.Accuracy)} fully quantized";
                output.WriteLine($"{"hybrid error",-13}  {Format.Percent(hybrid.Error)} (as steps compute: r {hybrid.Ratio}, stage {hybrid.Stage})");
                output.WriteLine($"{"accuracies",-13}  {both}");
                if (hybrid.AveragedError is { } averaged)
                    output.WriteLine($"{"averaged",-13}  {Format.Percent(averaged)} error (fully quantized, averages of batch norm estimated anew)");
            }

            if (one.Loss is { } loss) output.WriteLine($"{one.Split + " loss",-13}  {Format.Loss(loss)} ({recipe.LossName})");
            if (one.WeightsSha256 is { } hash) output.WriteLine($"weightsSha256  {hash}");
        });
    }

    private static void WriteSeveral(Evaluation[] scored, Evaluation? together, TextWriter output)
    {
        var hasTop = Array.Exists(scored, one => one.Scores.Top5 is not null);
        string[] top = hasTop ? ["top-5 accuracy"] : [];
        string[] titles = ["run", "epoch", "images", "error", .. top, "macro f1", "weightsSha256"];
        var table = new TextTable(titles).RightAlign([.. Enumerable.Range(1, titles.Length - 2)]);
        foreach (var one in scored)
        {
            string[] ofTop = hasTop ? [one.Scores.Top5 is { } known ? Format.Percent(known) : "-"] : [];
            table.Add([
                OneLine.Of(one.Runs[0].Path), one.Runs[0] is SavedRun { Epoch: var epoch } ? Text(epoch) : "-", Format.Count(one.Scores.Images),
                Format.Percent(one.Scores.Error), .. ofTop, Fraction(one.Scores.Macro(one.Scores.F1)), one.WeightsSha256?[..HashShown] ?? "-"]);
        }

        table.Write(output);
        foreach (var one in scored.Where(one => one.Data.Notice is not null)) output.WriteLine($"{OneLine.Of(one.Runs[0].Path)}: {one.Data.Notice}");
        if (together is null)
        {
            output.WriteLine("each run by itself; --ensemble scores them as one model");
            return;
        }

        output.WriteLine();
        output.WriteLine($"ensemble       the scores of {together.Runs.Count} runs, added");
        WriteScores(together, output, () => { });
    }

    private static void WriteScores(Evaluation one, TextWriter output, Action more)
    {
        var scores = one.Scores;
        output.WriteLine($"data           {one.Data.Name}: {Format.Count(scores.Images)} {Word(one.Split)}images");
        if (one.Data.Notice is { } notice) output.WriteLine($"               {notice}");
        output.WriteLine($"{one.Split + " error",-13}  {Format.Percent(scores.Error)} ({Format.Count(scores.Wrong)} wrong)");
        output.WriteLine($"accuracy       {Format.Percent(scores.Accuracy)}{(scores.Top5 is { } top ? $", top-5 {Format.Percent(top)}" : "")}");
        more();
        output.WriteLine();
        WriteClasses(scores, output);
        if (scores.Confusion.Classes.Count > MostShown)
        {
            output.WriteLine($"confusion      of more than {MostShown} classes: --json has it, and `wage plot RUN --kind confusion` draws it");
            return;
        }

        output.WriteLine();
        WriteConfusion(scores.Confusion, output);
    }

    private static void WriteClasses(ClassScores scores, TextWriter output)
    {
        var table = new TextTable("class", "precision", "recall", "f1", "support").RightAlign(1, 2, 3, 4);
        foreach (var c in scores.Reported)
            table.Add(NameOf(scores.Confusion, c), Fraction(scores.Precision(c)), Fraction(scores.Recall(c)), Fraction(scores.F1(c)),
                Format.Count(scores.Confusion.Images(c)));
        table.Add("macro average", Fraction(scores.Macro(scores.Precision)), Fraction(scores.Macro(scores.Recall)), Fraction(scores.Macro(scores.F1)),
            Format.Count(scores.Images));
        table.Write(output);
    }

    /// <summary>A row for each true class, a column for each class that was given.</summary>
    private static void WriteConfusion(Confusion confusion, TextWriter output)
    {
        int[] all = [.. Enumerable.Range(0, confusion.Classes.Count)];
        var table = new TextTable(["true \\ given", .. all.Select(Text)]).RightAlign([.. all.Select(c => c + 1)]);
        foreach (var truth in all)
            table.Add([NameOf(confusion, truth), .. all.Select(given => confusion.Counts[truth, given] is > 0 and var n ? Format.Count(n) : ".")]);
        table.Write(output);
    }

    private static string NameOf(Confusion confusion, int c) => confusion.Classes[c] == Text(c) ? Text(c) : $"{Text(c)} {confusion.Classes[c]}";

    private static string Word(string split) => split switch { "all" => "", "train" => "training ", _ => split + " " };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Fraction(double fraction) => fraction.ToString("0.000", CultureInfo.InvariantCulture);
}
