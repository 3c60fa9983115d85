using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Wage.Data;
using Wage.Downloads;
using Wage.Experiments.Display;

namespace Wage.Experiments.Commands;

/// <summary>wage data: the data sets, fetching one, looking at one.</summary>
internal static class DataCommand
{
    private const int ExitInterrupted = 130;

    public static Command Create() => new("data", "Data sets: list, get, show.") { List(), Get(), Show() };

    private static Command List()
    {
        var data = CommonOptions.Data();
        var command = new Command("list", "The data sets and which of them are here.") { data };
        command.SetAction(parsed => ListSets(CommonOptions.DataFolder(parsed.GetValue(data)), Console.Out));
        return command;
    }

    private static Command Get()
    {
        var name = new Argument<string>("NAME") { Description = string.Join(", ", DatasetDownload.Names) };
        var data = CommonOptions.Data();
        var mirror = new Option<string?>("--mirror") { Description = "Another address of the same files.", HelpName = "URL" };
        var command = new Command("get", "Download a data set, resuming and verifying it.") { name, data, mirror };
        command.SetAction(parsed =>
            Fetch(parsed.GetValue(name)!, CommonOptions.DataFolder(parsed.GetValue(data)), parsed.GetValue(mirror), Console.Out));
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = string.Join(", ", DatasetCatalog.Names) };
        var data = CommonOptions.Data();
        var command = new Command("show", "Images, sizes and classes of a data set.") { name, data };
        command.SetAction(parsed => ShowSet(parsed.GetValue(name)!, CommonOptions.DataFolder(parsed.GetValue(data)), Console.Out));
        return command;
    }

    private static int ListSets(string folder, TextWriter output)
    {
        var table = new TextTable("data set", "where");
        foreach (var name in DatasetCatalog.Names)
        {
            var path = Path.Combine(folder, name);
            var where = Directory.Exists(path)
                ? path : DatasetDownload.Names.Contains(name) ? $"not here: `wage data get {name}`" : $"not here: unpack it into {path}";
            table.Add(name, name == "digits" ? "built in: drawn by integer code" : where);
        }

        table.Write(output);
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
            return ExitInterrupted;
        }

        progress.End();
        output.WriteLine($"{name} is in {Path.Combine(folder, name)}");
        return 0;
    }

    private static int ShowSet(string name, string folder, TextWriter output)
    {
        var set = DatasetCatalog.Load(name, folder);
        output.WriteLine($"{set.Name}: {set.Classes} classes, images of {set.Train.Height}x{set.Train.Width}x{set.Train.Channels}");
        var table = new TextTable("class", "training", "test").RightAlign(0, 1, 2);
        for (var label = 0; label < set.Classes; label++)
            table.Add(label.ToString(CultureInfo.InvariantCulture), Format.Count(Of(set.Train, label)), Format.Count(Of(set.Test, label)));
        table.Add("all", Format.Count(set.Train.Count), Format.Count(set.Test.Count));
        table.Write(output);
        return 0;
    }

    private static int Of(ImageSet set, int label) => set.Labels.Count(l => l == label);

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
