using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Wage.Data;
using Wage.Downloads;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Commands;

/// <summary>wage data: the data sets, fetching one, looking at one.</summary>
internal static class DataCommand
{
    private const string Formats =
        "of your own: an .npz (images, labels) or .csv file (label, pixels); a folder of IDX files, of files in CIFAR's format, of train.csv and "
        + "test.csv, or of pictures (PNG, JPEG, BMP, GIF) in a folder for each class, with train and test folders or without";

    public static Command Create() => new("data", $"Data sets: list, get, show. Also {Formats}.") { List(), Get(), Show() };

    private static Command List()
    {
        var data = CommonOptions.Data();
        var command = new Command("list", "The data sets, which of them are here, and the formats of your own.") { data };
        command.SetAction(parsed => ListSets(CommonOptions.DataFolder(parsed.GetValue(data)), Console.Out));
        return command;
    }

    private static Command Get()
    {
        var name = new Argument<string>("NAME") { Description = string.Join(", ", DatasetDownload.Names) };
        CommonOptions.Complete(name, () => DatasetDownload.Names);
        var data = CommonOptions.Data();
        var mirror = new Option<string?>("--mirror") { Description = "Another address of the same files.", HelpName = "URL" };
        var command = new Command("get", "Download a data set, resuming and verifying it.") { name, data, mirror };
        command.SetAction(parsed =>
            Fetch(parsed.GetValue(name)!, CommonOptions.DataFolder(parsed.GetValue(data)), parsed.GetValue(mirror), Console.Out));
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME|PLACE") { Description = $"{string.Join(", ", DatasetCatalog.Names)}; or one {Formats}." };
        CommonOptions.Complete(name, () => DatasetCatalog.Names);
        var data = CommonOptions.Data();
        var set = CommonOptions.Set("Keys of a recipe that change the data: data.size=32x32, data.validation=10%.");
        var command = new Command("show", "Images, sizes and classes of a data set.") { name, data, set };
        command.SetAction(parsed => ShowSet(parsed.GetValue(name)!, parsed.GetValue(data), parsed.GetValue(set) ?? [], Console.Out));
        return command;
    }

    private static int ListSets(string folder, TextWriter output)
    {
        var table = new TextTable("data set", "where");
        foreach (var name in DatasetCatalog.Names)
        {
            var path = Path.Combine(folder, DatasetCatalog.FolderOf(name));
            var where = Directory.Exists(path)
                ? path : DatasetDownload.Names.Contains(name) ? $"not here: `wage data get {name}`" : $"not here: unpack it into {path}";
            table.Add(name, name == "digits" ? "built in: synthetic, made by integer code" : where);
        }

        table.Write(output);
        output.WriteLine(Formats);
        return 0;
    }

    private static int Fetch(string name, string folder, string? mirror, TextWriter output)
    {
        Uri? address = null;
        if (mirror is not null && !Uri.TryCreate(mirror, UriKind.Absolute, out address))
            throw new WageException($"--mirror: '{OneLine.Quote(mirror)}' is not an address.", "for example https://host/folder/.");
        using var interruption = new Interruption();
        var progress = new DownloadLines(output, RunDisplay.IsLive(output));
        try
        {
            DatasetDownload.GetAsync(name, folder, progress, interruption.Token, address).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            progress.End();
            output.WriteLine("interrupted; the same command goes on where this one stopped");
            return ExitCode.Interrupted;
        }

        progress.End();
        output.WriteLine($"{name} is in {Path.Combine(folder, name)}");
        return 0;
    }

    /// <summary>Counts the images of each class; the exit code.</summary>
    /// <exception cref="WageException">There is no such data set, or it is damaged.</exception>
    internal static int ShowSet(string name, string? folder, string[] settings, TextWriter output)
    {
        var place = Path.Exists(name) && !DatasetCatalog.Names.Contains(name) && !name.Contains('/', StringComparison.Ordinal) ? $"./{name}" : name;
        var recipe = Recipe.Resolve([new GivenValue("data.set", place, "data show"), .. settings.Select(GivenValue.FromSetting)]);
        var set = DataPlace.Load(recipe, DataPlace.Of(recipe, folder));
        output.WriteLine($"{set.Name}: {set.Classes} classes, images of {set.Train.Height}x{set.Train.Width}x{set.Train.Channels}");
        var hasNames = !set.ClassNames.SequenceEqual(ClassNames.Numbers(set.Classes));
        ImageSet?[] parts = [set.Train, set.Validation, set.Test];
        string[] splits = set.Validation is null ? ["training", "test"] : ["training", "validation", "test"];
        string[] titles = hasNames ? ["class", "name", .. splits] : ["class", .. splits];
        var table = new TextTable(titles).RightAlign([0, .. Enumerable.Range(0, titles.Length).Where(i => i > (hasNames ? 1 : 0))]);
        for (var label = 0; label < set.Classes; label++)
            Add(label.ToString(CultureInfo.InvariantCulture), set.ClassNames[label], label);
        Add("all", string.Empty, null);
        table.Write(output);
        return 0;

        void Add(string number, string name, int? label) =>
            table.Add(hasNames ? [number, name, .. Counts(label)] : [number, .. Counts(label)]);

        IEnumerable<string> Counts(int? label) => parts.OfType<ImageSet>().Select(part =>
            Format.Count(label is null ? part.Count : part.Labels.Count(l => l == label)));
    }

    /// <summary>Received bytes: rewritten in place on a terminal, else a line at every tenth.</summary>
    private sealed class DownloadLines(TextWriter output, bool isLive) : IProgress<DownloadProgress>
    {
        private readonly Stopwatch sinceLine = Stopwatch.StartNew();
        private string file = string.Empty;
        private long tenth = -1;

        public void Report(DownloadProgress value)
        {
            var now = value.Size == 0 ? 10 : value.Received * 10 / value.Size;
            var isNews = value.File != file || now != tenth;
            if (isLive ? sinceLine.ElapsedMilliseconds < 200 && value.Received < value.Size && value.File == file : !isNews) return;
            if (isLive && value.File != file) End();
            (file, tenth) = (value.File, now);
            sinceLine.Restart();
            var line = $"{value.File}  {Format.Count(value.Received)} of {Format.Count(value.Size)} bytes";
            if (isLive) output.Write($"\r\e[2K{line}");
            else output.WriteLine(line);
            output.Flush();
        }

        /// <summary>Leaves the line that is rewritten.</summary>
        public void End()
        {
            if (isLive && file.Length > 0) output.WriteLine();
        }
    }
}
