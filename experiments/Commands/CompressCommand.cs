using System.CommandLine;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Simulation.Compression;

namespace Wage.Experiments.Commands;

/// <summary>wage compress: weights of floats as codes of 8 bits or fewer, and back.</summary>
internal static class CompressCommand
{
    private static readonly string[] Granularities = ["tensor", "channel"];

    public static Command Create()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A run folder (its best checkpoint), a checkpoint, .npz or .safetensors; with --restore a compressed file.",
        };
        var target = new Option<string?>("--out", "-o")
        {
            Description = $"The file to write. Default: FILE with the end {CompressedWeights.Extension}.",
            HelpName = "FILE",
        };
        var bits = new Option<int>("--bits") { Description = "Bits of a code, 2 to 8 (8).", HelpName = "N", DefaultValueFactory = _ => 8 };
        var granularity = new Option<string>("--granularity")
        {
            Description = "What shares a range: tensor (the default), or channel: a slice of the first extent.",
            HelpName = "NAME",
            DefaultValueFactory = _ => Granularities[0],
        };
        granularity.CompletionSources.Add(Granularities);
        var restore = new Option<bool>("--restore") { Description = "Back to floats: --out names a .wage, .npz or .safetensors." };
        var json = new Option<bool>("--json") { Description = "Everything as JSON." };
        var (threads, data) = (CommonOptions.Threads(), CommonOptions.Data());
        var command = new Command("compress", "Weights of floats in 8 bits or fewer: size, errors, accuracy before and after; and back.")
        {
            file, target, bits, granularity, restore, data, threads, json,
        };
        command.SetAction(parsed => parsed.GetValue(restore)
            ? Restore(parsed.GetValue(file)!, parsed.GetValue(target), parsed.GetValue(json), Console.Out)
            : Compress(
                parsed.GetValue(file)!, parsed.GetValue(target), parsed.GetValue(bits), GranularityOf(parsed.GetValue(granularity)!),
                parsed.GetValue(data), parsed.GetValue(threads), parsed.GetValue(json), Console.Out));
        return command;
    }

    /// <summary>Compresses, reads what it wrote and tells what became of the weights; the exit code.</summary>
    /// <exception cref="WageException">The file, the data or an option is none.</exception>
    private static int Compress(
        string path, string? target, int bits, Granularity granularity, string? dataFolder, int threads, bool isJson, TextWriter output)
    {
        if (CompressedWeights.Begins(path)) throw new WageException($"{path}: is compressed already.", "--restore brings its weights back.");
        if (Directory.Exists(path)) path = SavedRun.Open(path).Path;
        var original = WeightSet.Read(path);
        var place = Place(path, target ?? Path.ChangeExtension(path, CompressedWeights.Extension));
        OutputFile.Require("--out", place, "compressed file", CompressedWeights.Begins);
        var scored = CompressionScore.Prepare(path, original, dataFolder);
        CompressedWeights.Of(original, bits, granularity).Write(place);
        var report = new CompressionReport(path, place, original, CompressedWeights.Read(place), scored.Score(place, threads));
        if (isJson) output.WriteLine(report.ToJson().ToJsonString(CompressionReport.Indented));
        else report.Write(output);
        return 0;
    }

    /// <summary>Brings the weights back; the exit code.</summary>
    /// <exception cref="WageException">The file is not compressed, or the one to write is none.</exception>
    private static int Restore(string path, string? target, bool isJson, TextWriter output)
    {
        if (target is null) throw new WageException("--restore: wants --out, which says by its end what is written: .wage, .npz or .safetensors.");
        var weights = CompressedWeights.Read(path).Restore();
        OutputFile.Require("--out", Place(path, target), "file that may be lost: it can be a run's checkpoint or somebody's weights", _ => false);
        weights.Write(target);
        var bytes = new FileInfo(target).Length;
        if (isJson)
        {
            var json = new JsonObject { ["file"] = path, ["out"] = target, ["tensors"] = weights.Tensors.Count, ["bytes"] = bytes };
            output.WriteLine(json.ToJsonString(CompressionReport.Indented));
            return 0;
        }

        output.WriteLine($"wrote  {OneLine.Of(target)}: {Format.Counted(weights.Tensors.Count, "tensor")}, {Format.Count(bytes)} bytes");
        return 0;
    }

    private static string Place(string path, string target) => Path.GetFullPath(target) != Path.GetFullPath(path)
        ? target : throw new WageException($"--out: is {path} itself, whose weights would be lost.", "name another file.");

    private static Granularity GranularityOf(string name) => Array.IndexOf(Granularities, name) switch
    {
        0 => Granularity.Tensor,
        1 => Granularity.Channel,
        _ => throw new WageException(
            $"--granularity: is '{OneLine.Quote(name)}', but must be {string.Join(" or ", Granularities)}.",
            NearestName.Of(name, Granularities) is { } near ? $"did you mean {near}?" : null),
    };
}
