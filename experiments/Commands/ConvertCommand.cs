using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Backends;
using Wage.Experiments.Display;
using Wage.Experiments.Exports;
using Wage.Experiments.Runs;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Simulation.Conversion;

namespace Wage.Experiments.Commands;

/// <summary>wage convert: the integers of a run that was trained with fake quantization, and how they compare with it.</summary>
internal static class ConvertCommand
{
    private const int Batch = 100;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var run = new Argument<string>("RUN|CHECKPOINT")
        {
            Description = "A run folder (its best checkpoint), or a checkpoint, of the scheme affine.",
        };
        var to = new Option<string?>("--out")
        {
            Description = $"The file. Default: model{ModelPlanFile.Extension} beside the checkpoint.",
            HelpName = "FILE",
        };
        var rounding = new Option<string?>("--rounding")
        {
            Description = "double or single: how multipliers drop bits. Default: the run's.",
            HelpName = "NAME",
        };
        CommonOptions.Complete(rounding, Roundings.ToArray());
        var json = new Option<bool>("--json") { Description = "Everything as JSON." };
        var set = CommonOptions.Set("Keys of the data: data.set=./others compares on another data set.");
        var (threads, data) = (CommonOptions.Threads(), CommonOptions.Data());
        const string about = "Turn a run of the scheme affine into integers alone, and compare the two on the test images.";
        var command = new Command("convert", about) { run, to, rounding, set, json, threads, data };
        command.SetAction(parsed => Execute(
            parsed.GetValue(run)!, parsed.GetValue(to), parsed.GetValue(rounding), parsed.GetValue(set) ?? [], parsed.GetValue(json),
            parsed.GetValue(threads), parsed.GetValue(data), Console.Out));
        return command;
    }

    private static IEnumerable<string> Roundings => Enum.GetNames<MultiplierRounding>().Select(name => name.ToLowerInvariant());

    /// <summary>Converts and compares; the exit code.</summary>
    /// <exception cref="WageException">The run cannot be read or converted, the data cannot be read, or the file exists.</exception>
    private static int Execute(
        string path, string? to, string? rounding, string[] settings, bool isJson, int threads, string? dataFolder, TextWriter output)
    {
        var run = SavedRun.Open(path);
        var file = PlanFormat.FileOf(run, to);
        MultiplierRounding? known = rounding is null ? null : Roundings.Contains(rounding)
            ? Enum.Parse<MultiplierRounding>(rounding, ignoreCase: true)
            : throw new WageException($"--rounding: is '{OneLine.Quote(rounding)}', but must be {string.Join(" or ", Roundings)}.");
        var data = EvaluatedData.Load(run, dataFolder, settings, "test");
        using var backend = new HostBackend(threads);
        using var network = run.Network(backend, Math.Min(Batch, data.Images.Count)) as FloatNetwork ?? throw new WageException(
            $"{run.Path}: is a run of integers already.", "`wage export` writes its model.");
        var conversion = network.Convert(known);
        run.FileOf(network, conversion.Plan).Write(file);
        var check = new ConversionCheck(network, conversion, backend);
        check.Run(data.Images);
        if (isJson) output.WriteLine(Json(run, file, data, conversion, check).ToJsonString(Indented));
        else Write(run, file, data, network, conversion, check, output);
        return 0;
    }

    private static void Write(
        SavedRun run, string file, EvaluatedData data, FloatNetwork network, Conversion conversion, ConversionCheck check, TextWriter output)
    {
        output.WriteLine($"checkpoint     {run.Path}: after {Format.Position(run.Checkpoint.Epoch, run.Checkpoint.StepInEpoch)}");
        output.WriteLine($"model          {file}: {Format.Count(new FileInfo(file).Length)} bytes, multipliers rounded {Word(conversion)}");
        output.WriteLine();
        QuantizerTable.Write(network.Quantizers, output);
        output.WriteLine();
        foreach (var layer in conversion.Weights.Where(layer => layer.ClampedBiases > 0))
            output.WriteLine($"{layer.Name}: {layer.ClampedBiases} biases were clamped: int32 had no room for them beside the sums");
        output.WriteLine($"data           {data.Name}: {Format.Count(check.Images)} test images");
        output.WriteLine($"simulated      {Format.Percent(Error(check, check.NetworkCorrect))} test error: float32 with fake quantization");
        output.WriteLine($"integers       {Format.Percent(Error(check, check.PlanCorrect))} test error");
        output.WriteLine($"same class     {Format.Percent((double)check.SameClass / check.Images)} of the images");
        output.WriteLine($"differences    {Begin(check)}");
        output.WriteLine();
        var table = new TextTable("tensor", "codes", "equal", "within 1", "most", "equal", "within 1", "most").RightAlign(1, 2, 3, 4, 5, 6, 7);
        output.WriteLine("integers less simulated: each layer given the simulation's codes, and from the pixels on");
        foreach (var (alone, whole) in check.OfNodes.Zip(check.FromPixels).Skip(1))
            table.Add([alone.Name, Format.Count(alone.Count), .. Columns(alone), .. Columns(whole)]);
        table.Write(output);
        if (check.FromPixels.Count > 1) WriteHistogram(check.FromPixels[^1], output);
    }

    private static void WriteHistogram(CodeDifferences last, TextWriter output)
    {
        output.WriteLine();
        var table = new TextTable("difference", "codes").RightAlign(0, 1);
        output.WriteLine($"{last.Name}, from the pixels on");
        for (var d = -255; d <= 255; d++)
            if (last[d] > 0) table.Add(d.ToString("+0;-0;0", CultureInfo.InvariantCulture), Format.Count(last[d]));
        table.Write(output);
    }

    private static JsonObject Json(SavedRun run, string file, EvaluatedData data, Conversion conversion, ConversionCheck check) => new()
    {
        ["checkpoint"] = run.Path,
        ["model"] = file,
        ["rounding"] = Word(conversion),
        ["data"] = data.Name,
        ["images"] = check.Images,
        ["simulatedError"] = Error(check, check.NetworkCorrect),
        ["integerError"] = Error(check, check.PlanCorrect),
        ["sameClass"] = (double)check.SameClass / check.Images,
        ["tensors"] = new JsonArray([.. check.OfNodes.Zip(check.FromPixels, conversion.Tensors).Select(one => (JsonNode)new JsonObject
        {
            ["name"] = one.First.Name,
            ["scale"] = one.Third.Grid.Scale,
            ["zeroPoint"] = one.Third.Grid.ZeroPoint,
            ["givenSimulatedInputs"] = Differences(one.First),
            ["fromPixels"] = Differences(one.Second),
        })]),
    };

    private static JsonObject Differences(CodeDifferences all) => new(Enumerable.Range(-255, 511).Where(d => all[d] > 0)
        .Select(d => KeyValuePair.Create(d.ToString(CultureInfo.InvariantCulture), (JsonNode?)all[d])));

    private static string[] Columns(CodeDifferences all) =>
        [Share(all.Equal, all.Count), Share(all.WithinOne, all.Count), all.Greatest.ToString(CultureInfo.InvariantCulture)];

    /// <summary>Cut, not rounded: 100 % is all of them.</summary>
    private static string Share(long part, long all) => part == all ? "all" : $"{Math.Floor(1e5 * part / all) / 1e3:0.000} %";

    private static double Error(ConversionCheck check, long correct) => 1 - ((double)correct / check.Images);

    private static string Word(Conversion conversion) => conversion.Rounding.ToString().ToLowerInvariant();

    private static string Begin(ConversionCheck check) => check.FromPixels.FirstOrDefault(tensor => tensor.Equal < tensor.Count) is { } first
        ? $"begin in {first.Name}" : "none: every code is the same";
}
