using System.CommandLine;
using System.Globalization;
using System.Text;
using Wage.Experiments.Pictures;
using Wage.Experiments.Ranks;
using Wage.Experiments.Runs;
using Wage.Experiments.Traffic;
using Wage.Files;

namespace Wage.Experiments.Commands;

/// <summary>wage traffic: the bytes that a model's products move with static and with dynamic ranges.</summary>
internal static class TrafficCommand
{
    private const int MostBatch = 1 << 18;
    private const double MostSeconds = 60;

    public static Command Create()
    {
        var target = CommonOptions.Recipe(
            "MODEL|RECIPE", "A recipe, a YAML file, a checkpoint, a run folder or a model's file. Default: the paper's layers.");
        var set = CommonOptions.Set("Override keys of a recipe.");
        var batch = new Option<int>("--batch") { Description = "Images that pass together.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Measure each product for this long; 0: do not measure.",
            HelpName = "S",
            DefaultValueFactory = _ => 0.1,
        };
        var picture = new Option<string?>("--out") { Description = "Draw the table as SVG.", HelpName = "FILE" };
        var (theme, threads, device) = (CommonOptions.Theme(), CommonOptions.Threads(), CommonOptions.Device());
        var workers = new Option<int>("--workers")
        {
            Description = "Predict the training of a recipe by 1, 2, 4, ... up to N workers, from steps measured here. --batch does not count.",
            HelpName = "N",
        };
        var link = new Option<string>("--link")
        {
            Description = "With --workers, or under mpirun: how fast each worker sends and receives.",
            HelpName = "RATE",
            DefaultValueFactory = _ => "10Gbit",
        };
        var command = new Command("traffic", "Memory traffic of a model's products: static and dynamic ranges, by formula and measured.")
        {
            target, set, batch, seconds, picture, theme, threads, device, workers, link,
        };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            return RankGroup.Run(null, ranks => Execute(parsed, ranks), interruption.Token);
        });
        return command;

        int Execute(ParseResult parsed, RankGroup ranks)
        {
            var request = new TrafficRequest(
                parsed.GetValue(target), parsed.GetValue(set) ?? [], parsed.GetValue(batch), parsed.GetValue(seconds), parsed.GetValue(picture),
                CommonOptions.ThemeOf(parsed.GetValue(theme)), parsed.GetValue(threads), parsed.GetValue(device) ?? "cpu");
            ranks.Agree(() => Check(request));
            var given = parsed.GetResult(link) is { Implicit: false } ? parsed.GetValue(link) : null;
            if (ranks.Size > 1) return RankSteps.Execute(request, ranks, given, ranks.Token);
            if (parsed.GetResult(workers) is not null)
                return WorkerForecasts.Execute(request, parsed.GetValue(workers), parsed.GetValue(link)!, Console.Out, ranks.Token);
            if (given is not null)
                throw new WageException($"--link: is {OneLine.Quote(given)}, but one worker sends nothing.", "add --workers N.");
            return TrafficCommand.Execute(request, Console.Out, ranks.Token);
        }
    }

    /// <summary>Counts and measures until all is done or the token is cancelled; the exit code.</summary>
    /// <exception cref="WageException">There is no such model, or an option is out of range.</exception>
    public static int Execute(TrafficRequest request, TextWriter output, CancellationToken token)
    {
        Check(request);
        var (name, opened) = request.Target is { } target
            ? TrafficLayer.Open(target, request.Settings) : ("Fournarakis and Nagel 2021", TrafficLayer.Paper);
        List<TrafficLayer> layers = [.. opened.Select(layer => InBatch(layer, request.Batch))];
        if (layers.Count == 0) throw new WageException($"{OneLine.Quote(name)}: has no product, so nothing to count.");
        if (request.Batch > 1) layers = [.. layers.Select(layer => layer with { Published = null })];
        var (measured, interrupted) = (new List<TrafficMeasurement>(), false);
        if (request.Seconds > 0)
        {
            using var backend = Devices.Create(request.Device, request.Threads);
            RequireFits(request.Batch, layers, backend.AvailableMemory);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name}, batch {request.Batch}; measured on {backend.Name}: {backend.Description}"));
            try
            {
                foreach (var layer in layers) measured.Add(TrafficMeasurement.Of(backend, layer.Geometry, request.Seconds, token));
            }
            catch (OperationCanceledException)
            {
                interrupted = true;
            }
        }
        else
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, batch {request.Batch}"));
        }

        output.WriteLine();
        TrafficTable.Write(layers, measured, output);
        if (request.Picture is { } path)
        {
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(TrafficPicture.Draw(name, request.Batch, layers, new Frame()).ToFile(request.Theme)));
            output.WriteLine(path);
        }

        if (!interrupted) return 0;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"interrupted after {measured.Count} of {layers.Count} products"));
        return ExitCode.Interrupted;
    }

    private static void RequireFits(int batch, IEnumerable<TrafficLayer> layers, long available)
    {
        foreach (var layer in layers.Where(layer => layer.Bytes.Dynamic > available || layer.Geometry.OutputLength > int.MaxValue))
        {
            throw new WageException(
                $"--batch: is {batch}, for which {layer.Name} needs {TrafficTable.Kilobytes(layer.Bytes.Dynamic)} KB of memory to be measured.",
                "take a smaller batch, or --seconds 0.");
        }
    }

    private static TrafficLayer InBatch(TrafficLayer layer, int batch)
    {
        try
        {
            var many = layer with { Geometry = layer.Geometry with { Batch = batch } };
            _ = many.Bytes;
            return many;
        }
        catch (OverflowException)
        {
            throw new WageException(
                $"--batch: is {batch}, which makes more than 2^31 positions in the output of {layer.Name}.", "take a smaller batch.");
        }
    }

    private static void Check(TrafficRequest request)
    {
        if (request.Target is null && request.Settings.Length > 0) throw new WageException("--set: is for recipes.", "name one.");
        if (request.Batch is < 1 or > MostBatch)
            throw new WageException($"--batch: is {request.Batch}, but must be from 1 to {MostBatch}.");
        if (!(request.Seconds >= 0 && request.Seconds <= MostSeconds))
        {
            throw new WageException(string.Create(
                CultureInfo.InvariantCulture, $"--seconds: is {request.Seconds}, but must be from 0 to {MostSeconds}."));
        }

        if (request.Picture is { } path && !Path.GetExtension(path).Equals(".svg", StringComparison.OrdinalIgnoreCase))
            throw new WageException($"--out: is {OneLine.Quote(path)}, but pictures are SVG and their names end so.");
    }
}

/// <summary>What wage traffic was asked.</summary>
/// <param name="Target">The model; null: the layers of the paper.</param>
/// <param name="Settings">Keys of a recipe.</param>
/// <param name="Batch">Images that pass together.</param>
/// <param name="Seconds">Of each product's measurement; 0: none.</param>
/// <param name="Picture">The SVG, or null.</param>
/// <param name="Theme">Its colours.</param>
/// <param name="Threads">See <see cref="Devices.Create"/>.</param>
/// <param name="Device">What measures.</param>
internal sealed record TrafficRequest(
    string? Target, string[] Settings, int Batch = 1, double Seconds = 0, string? Picture = null, Theme Theme = Theme.Auto, int Threads = 0,
    string Device = "cpu");
