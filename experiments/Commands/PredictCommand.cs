using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Experiments.Sweeps;
using Wage.Models;

namespace Wage.Experiments.Commands;

/// <summary>wage predict: what a trained model says of images.</summary>
internal static class PredictCommand
{
    private const int ImagesAtOnce = 256;

    public static Command Create()
    {
        var run = new Argument<string>("RUN|FILE")
        {
            Description = "A run folder (its best checkpoint), a checkpoint, compressed or not, or a model's file.",
        };
        var images = new Argument<string[]>("IMAGE")
        {
            Description = "Pictures (PNG, JPEG, BMP, GIF); an IDX file of images, or some of it: FILE:7, FILE:0..9; 7 or 0..9 alone: of the run's "
                + "test images; -: a list of these on standard input, one a line.",
            Arity = ArgumentArity.OneOrMore,
        };
        var top = new Option<int>("--top")
        {
            Description = "So many classes of each image, the best first (3).",
            HelpName = "K",
            DefaultValueFactory = _ => 3,
        };
        var json = new Option<bool>("--json") { Description = "A JSON array, an image a line." };
        var csv = new Option<bool>("--csv") { Description = "CSV: a line for each image and class." };
        var (threads, device, data) = (CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        var command = new Command("predict", "Classify images: class, name and score of the best.")
        {
            run, images, top, json, csv, threads, device, data,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(json) && parsed.GetValue(csv)) throw new WageException("--json and --csv are two forms of one output; give one.");
            var form = parsed.GetValue(json) ? new JsonLines(Console.Out)
                : parsed.GetValue(csv) ? (Form)new CsvLines(Console.Out) : new TableLines(Console.Out);
            return Execute(parsed.GetValue(run)!, parsed.GetValue(images)!, parsed.GetValue(top), parsed.GetValue(device) ?? "auto",
                parsed.GetValue(threads), parsed.GetValue(data), form);
        });
        return command;
    }

    /// <summary>Predicts; the exit code. Images that cannot be read are left out and named.</summary>
    /// <exception cref="WageException">The run cannot be read, or no image.</exception>
    private static int Execute(string path, string[] given, int top, string device, int threads, string? dataFolder, Form form)
    {
        if (top < 1) throw new WageException($"--top: is {top}, but must be at least 1.");
        var run = SavedModel.Open(path);
        using var backend = Devices.Create(Devices.ForTesting(device, run.Recipe), threads);
        using var predictor = run.ToPredictor(backend);
        var (shown, refusals) = (0, new List<WageException>());
        foreach (var images in new GivenImages(run, predictor.Preparation, dataFolder, Console.In).Read(given).Chunk(ImagesAtOnce))
        {
            refusals.AddRange(images.Select(image => image.Refusal).OfType<WageException>());
            GivenImage[] readable = [.. images.Where(image => image.Refusal is null)];
            var answers = predictor.Predict(readable.SelectMany(image => image.Pixels).ToArray(), readable.Length);
            if (shown == 0 && readable.Length > 0) form.Begin(predictor.ClassNames, Math.Min(top, predictor.ClassNames.Count));
            for (var i = 0; i < readable.Length; i++) form.Add(readable[i], answers[i]);
            shown += readable.Length;
        }

        if (shown == 0)
            throw refusals.Count == 1 ? refusals[0]
                : refusals.Count == 0 ? new WageException("predict: no image is given.")
                : new WageException($"none of {refusals.Count} images can be read; the first: {refusals[0].Text}");
        form.End();
        foreach (var refusal in refusals) Console.Error.WriteLine($"wage: left out: {OneLine.Of(refusal.InWords())}");
        return refusals.Count == 0 ? 0 : ExitCode.UserError;
    }

    private static double ValueOf(Prediction answer, in ClassScore score) => Math.ScaleB((double)score.Score, -answer.FractionBits);

    /// <summary>A form of the output.</summary>
    private abstract class Form(TextWriter output)
    {
        protected TextWriter Output => output;

        protected IReadOnlyList<string> Names { get; private set; } = [];

        protected int Top { get; private set; }

        public virtual void Begin(IReadOnlyList<string> names, int top) => (Names, Top) = (names, top);

        public abstract void Add(GivenImage image, Prediction answer);

        public abstract void End();
    }

    /// <summary>A row for each image.</summary>
    private sealed class TableLines(TextWriter output) : Form(output)
    {
        private readonly List<(GivenImage Image, Prediction Answer)> rows = [];

        public override void Add(GivenImage image, Prediction answer) => rows.Add((image, answer));

        public override void End()
        {
            var isLabelled = rows.Exists(row => row.Image.Label is not null);
            string[] truth = isLabelled ? ["true class"] : [];
            string[] titles = ["image", .. truth, "class", "score", .. Enumerable.Range(1, Top - 1).SelectMany(_ => new[] { "next", "score" })];
            var first = 2 + truth.Length;
            var table = new TextTable(titles).RightAlign([.. Enumerable.Range(0, Top).Select(i => first + (2 * i))]);
            foreach (var (image, answer) in rows)
            {
                string[] known = isLabelled ? [image.Label is { } label ? NameOf(label) : "-"] : [];
                var best = answer.Top(Top).SelectMany(score => new[] { NameOf(score.Class), Shown(answer, score) });
                table.Add([OneLine.Of(image.Name), .. known, .. best]);
            }

            table.Write(Output);
        }

        /// <summary>A score without fractions is an integer of the model's, whose unit nobody says.</summary>
        private static string Shown(Prediction answer, in ClassScore score) =>
            ValueOf(answer, score).ToString(answer.FractionBits == 0 ? "0" : "0.000", CultureInfo.InvariantCulture);

        /// <summary>"3 zero", or the number alone where that is the name.</summary>
        private string NameOf(int label)
        {
            var number = label.ToString(CultureInfo.InvariantCulture);
            return Names[label] == number ? number : $"{number} {Names[label]}";
        }
    }

    /// <summary>A line for each image and class.</summary>
    private sealed class CsvLines(TextWriter output) : Form(output)
    {
        public override void Begin(IReadOnlyList<string> names, int top)
        {
            base.Begin(names, top);
            Output.Write(Csv.Write([["image", "rank", "class", "name", "score"]]));
        }

        public override void Add(GivenImage image, Prediction answer) => Output.Write(Csv.Write(answer.Top(Top).Select((score, rank) => new[]
        {
            image.Name, (rank + 1).ToString(CultureInfo.InvariantCulture), score.Class.ToString(CultureInfo.InvariantCulture), score.Name,
            ValueOf(answer, score).ToString("R", CultureInfo.InvariantCulture),
        })));

        public override void End()
        {
        }
    }

    /// <summary>An array with a line for each image.</summary>
    private sealed class JsonLines(TextWriter output) : Form(output)
    {
        private bool isFirst = true;

        public override void Add(GivenImage image, Prediction answer)
        {
            var json = new JsonObject { ["image"] = image.Name };
            if (image.Label is { } label) json["label"] = label;
            json["predictions"] = new JsonArray([.. answer.Top(Top).Select(score => new JsonObject
            {
                ["class"] = score.Class, ["name"] = score.Name, ["score"] = ValueOf(answer, score),
            })]);
            Output.Write((isFirst ? "[\n" : ",\n") + json.ToJsonString());
            isFirst = false;
        }

        public override void End() => Output.Write("\n]\n");
    }
}
