using System.CommandLine;
using System.Text;
using Wage.Experiments.Pictures;
using Wage.Experiments.Runs;
using Wage.Files;

namespace Wage.Experiments.Commands;

/// <summary>wage plot: pictures of runs as SVG.</summary>
internal static class PlotCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN")
        {
            Description = "Run folders, several for curves and sweeps; the folder of a sweep stands for its runs.",
            Arity = ArgumentArity.OneOrMore,
        };
        var kind = CommonOptions.Complete(new Option<string?>("--kind") { Description = PlotKinds.Description, HelpName = "KIND" }, PlotKinds.Names);
        var output = new Option<string?>("--out")
        {
            Description = "The picture. Default: RUN/KIND.svg, in the first run's folder.",
            HelpName = "FILE",
        };
        var theme = CommonOptions.Theme();
        var step = new Option<string?>("--step")
        {
            Description = "The training step of distributions and ranges. Default: the last one recorded.",
            HelpName = "N",
        };
        var axis = new Option<string?>("--x") { Description = "The key on the axis of a sweep, when the runs differ in several.", HelpName = "KEY" };
        var narrow = new Option<bool>("--narrow") { Description = "For a phone or one column of a paper: 360 units wide." };
        var (threads, device, data) = (CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        var command = new Command("plot", "Draw runs as SVG: curves, sweeps, confusion matrix, filters, distributions, ranges.")
        {
            runs, kind, output, theme, narrow, axis, step, threads, device, data,
        };
        command.SetAction(parsed => Execute(
            parsed.GetValue(runs)!, parsed.GetValue(kind) ?? PlotKinds.Default, parsed.GetValue(output),
            new PlotRequest(parsed.GetValue(step), parsed.GetValue(device) ?? "auto", parsed.GetValue(threads), parsed.GetValue(data))
            {
                Axis = parsed.GetValue(axis),
                Frame = new Frame(parsed.GetValue(narrow)),
            },
            CommonOptions.ThemeOf(parsed.GetValue(theme)), Console.Out));
        return command;
    }

    /// <summary>Draws; the exit code.</summary>
    /// <exception cref="WageException">A folder holds no run, or not what the picture shows, or the picture cannot be written.</exception>
    public static int Execute(string[] folders, string kind, string? picture, PlotRequest request, Theme theme, TextWriter output)
    {
        PlotKinds.Find(kind, runs: 1);
        if (picture is not null && !Path.GetExtension(picture).Equals(".svg", StringComparison.OrdinalIgnoreCase))
            throw new WageException(
                $"--out: is {OneLine.Quote(picture)}, but pictures are SVG and their names end so.",
                $"take {OneLine.Quote(Path.ChangeExtension(picture, ".svg"))}; browsers show it, Inkscape and rsvg-convert make a PNG or PDF of it.");
        var given = GivenRuns.Open(folders);
        var runs = given.Runs;
        var path = picture ?? Path.Combine(folders[0], $"{kind}.svg");
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(PlotKinds.Find(kind, runs.Count)(runs, request).ToFile(theme)));
        output.WriteLine(path);
        return given.Tell(Console.Error);
    }
}

/// <summary>What a picture needs besides the runs.</summary>
/// <param name="Step">The training step, as given; null: the last one recorded.</param>
/// <param name="Device">Where test images are classified.</param>
/// <param name="Threads">See <see cref="Devices.Create"/>.</param>
/// <param name="Data">The data folder, or null for the one of the run.</param>
internal sealed record PlotRequest(string? Step = null, string Device = "auto", int Threads = 0, string? Data = null)
{
    /// <summary>The key on a sweep's axis; null: the one that differs.</summary>
    public string? Axis { get; init; }

    /// <summary>The room for the picture.</summary>
    public Frame Frame { get; init; } = new(IsNarrow: false);
}
