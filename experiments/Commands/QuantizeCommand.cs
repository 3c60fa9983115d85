using System.CommandLine;
using System.Text.Json;
using Wage.Experiments.Calibration;
using Wage.Numbers;
using Wage.Simulation.Calibration;

namespace Wage.Experiments.Commands;

/// <summary>wage quantize: post-training quantization of a float32 run, and what it costs.</summary>
internal static class QuantizeCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var run = new Argument<string>("RUN|CHECKPOINT")
        {
            Description = "A run that trained in float32, of binary or ternary weights too: its folder (the best checkpoint), or a checkpoint.",
        };
        var calibrate = new Option<int>("--calibrate")
        {
            Description = "Training images that give the ranges of activations (512), drawn by the run's seed.",
            HelpName = "N",
            DefaultValueFactory = _ => 512,
        };
        var method = CommonOptions.Complete(
            new Option<string>("--method")
            {
                Description = "current: least and greatest value (default); running: their moving average over batches; percentile; mse; entropy.",
                HelpName = "NAME",
                DefaultValueFactory = _ => "current",
            },
            [.. QuantizeRequest.Methods.Keys]);
        var percentile = new Option<string>("--percentile") { Description = "Of --method percentile: 99.99 (default), 99.9, ...", HelpName = "P" };
        var keep = new Option<string>("--keep-float") { Description = "Layers that stay in float32: conv1,dense2.", HelpName = "LAYERS" };
        var equalize = new Option<bool>("--equalize") { Description = "First equalize the ranges of the channels between layers." };
        var correct = new Option<bool>("--bias-correction") { Description = "Take off what the codes of weights add to the mean outputs." };
        var sensitivity = new Option<int>("--sensitivity")
        {
            Description = "Compare layers on the first N test images (500); 0: not at all.",
            HelpName = "N",
            DefaultValueFactory = _ => 500,
        };
        var set = CommonOptions.Set("Options of the scheme affine: scheme.kW=4, scheme.granularity=tensor, layers.conv1.kW=8.");
        var output = new Option<string?>("--out") { Description = "The new run's folder. Default: runs/NAME-quantized-seedS.", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Everything as JSON." };
        var (threads, data) = (CommonOptions.Threads(), CommonOptions.Data());
        var command = new Command("quantize", "Quantize a trained float32 run by calibration: a run of the scheme affine, and what it costs.")
        {
            run, calibrate, method, percentile, keep, equalize, correct, sensitivity, set, output, json, threads, data,
        };
        command.SetAction(parsed => Execute(
            new QuantizeRequest(
                parsed.GetValue(run)!, parsed.GetValue(set) ?? [], parsed.GetValue(calibrate),
                Options(parsed.GetValue(method)!, parsed.GetValue(percentile)),
                LayersOf(parsed.GetValue(keep)),
                parsed.GetValue(equalize), parsed.GetValue(correct), parsed.GetValue(sensitivity), parsed.GetValue(output), parsed.GetValue(threads),
                parsed.GetValue(data)),
            parsed.GetValue(json), Console.Out));
        return command;
    }

    private static string[] LayersOf(string? list)
    {
        string[] layers = (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return list is null || layers.Length > 0 ? layers
            : throw new WageException("--keep-float: is empty, but names layers.", "for example --keep-float conv1,dense2.");
    }

    private static CalibrationOptions Options(string method, string? percentile)
    {
        if (!QuantizeRequest.Methods.TryGetValue(method, out var known))
            throw new WageException(
                $"--method: is '{OneLine.Quote(method)}', but must be one of {string.Join(", ", QuantizeRequest.Methods.Keys)}.");
        if (percentile is null) return new CalibrationOptions(known);
        if (known != CalibrationMethod.Percentile)
            throw new WageException($"--percentile: is given, but the method is {method}.", "leave it away, or take --method percentile.");
        return Ratio.TryParse(percentile, out var share)
            ? new CalibrationOptions(known) { Percentile = share }
            : throw new WageException($"--percentile: is '{OneLine.Quote(percentile)}', but must be a number from 50 to 100.");
    }

    private static int Execute(QuantizeRequest request, bool isJson, TextWriter output)
    {
        if (request.Sensitivity < 0) throw new WageException($"--sensitivity: is {request.Sensitivity}, but must be 0 or more images.");
        using var done = QuantizedRun.Of(request);
        var report = QuantizationReport.Of(done, request);
        if (isJson) output.WriteLine(report.ToJson(done, request).ToJsonString(Indented));
        else report.Write(done, request, output);
        return 0;
    }
}
