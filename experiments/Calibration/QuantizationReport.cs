using System.Globalization;
using System.Text.Json.Nodes;
using Wage.Data;
using Wage.Experiments.Display;
using Wage.Simulation.Calibration;
using Wage.Training;

namespace Wage.Experiments.Calibration;

/// <summary>What a quantization costs.</summary>
/// <param name="Before">The test images whose label the float32 network gives.</param>
/// <param name="After">The same of the network with fake quantization.</param>
/// <param name="Integers">The same of the integers; null where they are none.</param>
/// <param name="Refusal">Why there are no integers; null: there are.</param>
/// <param name="Test">The test images.</param>
/// <param name="Weights">Signal to noise of weights.</param>
/// <param name="Activations">Signal to noise of activations, on the calibration images.</param>
/// <param name="Layers">What each layer's codes cost, the costliest first; empty: it was not asked for.</param>
internal sealed record QuantizationReport(
    long Before, long After, long? Integers, string? Refusal, int Test, IReadOnlyList<TensorNoise> Weights, IReadOnlyList<TensorNoise> Activations,
    IReadOnlyList<LayerSensitivity> Layers)
{
    /// <summary>Measures it.</summary>
    public static QuantizationReport Of(QuantizedRun done, QuantizeRequest request)
    {
        var (work, test) = (done.Work, done.Test);
        long? integers = null;
        string? refusal = null;
        try
        {
            integers = Sensitivity.IntegersCorrect(work, test);
        }
        catch (WageException error)
        {
            refusal = error.InWords();
        }

        return new QuantizationReport(
            Correct(work.Exact, test), Correct(work.Network, test), integers, refusal, test.Count, Sensitivity.OfWeights(work),
            Sensitivity.OfActivations(work, done.Images),
            request.Sensitivity == 0 ? [] : Sensitivity.OfLayers(work, test.Take(Math.Min(request.Sensitivity, test.Count))));
    }

    /// <summary>As tables.</summary>
    public void Write(QuantizedRun done, QuantizeRequest request, TextWriter output)
    {
        output.WriteLine($"run            {done.Run.Path}");
        output.WriteLine($"calibrated     {Format.Count(done.Images.Count)} training images, {Method(request)}");
        if (done.Equalized is { } pairs)
            output.WriteLine(pairs.Count == 0 ? "equalized      no pair of layers has only a ReLU or pooling between them"
                : $"equalized      {string.Join(", ", pairs.Select(pair => $"{pair.First} with {pair.Second}"))}");
        if (request.CorrectBias) output.WriteLine("corrected      the biases of all layers with codes");
        if (done.Work.Kept.Count > 0) output.WriteLine($"float32        {string.Join(", ", done.Work.Kept)}, as asked");
        output.WriteLine($"test images    {Format.Count(Test)}");
        output.WriteLine($"float32        {Format.Percent((double)Before / Test)} correct");
        output.WriteLine($"quantized      {Format.Percent((double)After / Test)} correct ({Points(After)})");
        output.WriteLine(Integers is { } known ? $"integers       {Format.Percent((double)known / Test)} correct ({Points(known)})"
            : $"integers       none: {Refusal}");
        output.WriteLine();
        var tensors = new TextTable("tensor", "bits", "range", "signal to noise", "arriving").RightAlign(1, 3, 4);
        foreach (var one in Weights) tensors.Add(one.Name + " weights", Text(one.Bits), Range(one), Decibels(one.Own), "-");
        foreach (var one in Activations)
            tensors.Add(one.Name + " outputs", Text(one.Bits), Range(one), Decibels(one.Own), Decibels(one.Arriving!.Value));
        tensors.Write(output);
        output.WriteLine("signal to noise: of the tensor's own codes; arriving: with the errors of all layers before it.");
        if (Layers.Count > 0)
        {
            output.WriteLine();
            var table = new TextTable("layer", "only it: correct", "scores", "all but it: correct", "scores").RightAlign(1, 2, 3, 4);
            foreach (var (name, only, others) in Layers)
                table.Add(name, Share(only), Decibels(only.Scores), Share(others), Decibels(others.Scores));
            table.Write(output);
            output.WriteLine(
                $"of {Format.Count(Layers[0].Only.Images)} test images, the layer that hurts the scores most first; " +
                $"--keep-float {Layers[0].Name} tries without.");
        }

        output.WriteLine();
        output.WriteLine($"saved          {done.Folder.Path}: wage convert, eval, predict and show take it; wage train --resume --out trains it on");
    }

    /// <summary>The same as data.</summary>
    public JsonObject ToJson(QuantizedRun done, QuantizeRequest request) => new()
    {
        ["run"] = done.Run.Path,
        ["folder"] = done.Folder.Path,
        ["method"] = Method(request),
        ["calibrationImages"] = done.Images.Count,
        ["equalized"] = done.Equalized is null ? null
            : new JsonArray([.. done.Equalized.Select(pair => JsonValue.Create($"{pair.First},{pair.Second}"))]),
        ["biasCorrection"] = request.CorrectBias,
        ["float32"] = new JsonArray([.. done.Work.Kept.Select(name => JsonValue.Create(name))]),
        ["testImages"] = Test,
        ["correct"] = new JsonObject { ["float32"] = Before, ["quantized"] = After, ["integers"] = Integers },
        ["refusal"] = Refusal,
        ["weights"] = new JsonArray([.. Weights.Select(Node)]),
        ["activations"] = new JsonArray([.. Activations.Select(Node)]),
        ["layers"] = new JsonArray([.. Layers.Select(layer => new JsonObject
        {
            ["name"] = layer.Name, ["only"] = Node(layer.Only), ["others"] = Node(layer.Others),
        })]),
    };

    private static long Correct(ITrainable network, ImageSet images)
    {
        using var evaluator = new Evaluator(network, images);
        return evaluator.Run().Correct;
    }

    private static string Method(QuantizeRequest request)
    {
        var word = QuantizeRequest.Methods.First(known => known.Value == request.Options.Method).Key;
        var share = (double)request.Options.Percentile.Numerator / request.Options.Percentile.Denominator;
        return request.Options.Method == CalibrationMethod.Percentile ? string.Create(CultureInfo.InvariantCulture, $"{word} {share}") : word;
    }

    private static JsonObject Node(TensorNoise one) => new()
    {
        ["name"] = one.Name,
        ["bits"] = one.Bits,
        ["least"] = one.Range.Least,
        ["greatest"] = one.Range.Greatest,
        ["decibels"] = Finite(one.Own),
        ["arriving"] = one.Arriving is { } arriving ? Finite(arriving) : null,
    };

    private static JsonObject Node(Answers answers) => new()
    {
        ["correct"] = answers.Correct,
        ["images"] = answers.Images,
        ["decibels"] = Finite(answers.Scores),
    };

    /// <summary>Null: nothing is lost.</summary>
    private static JsonNode? Finite(double value) => double.IsFinite(value) ? Math.Round(value, 2) : null;

    private string Points(long correct) =>
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * (correct - Before) / Test:+0.00;-0.00;0.00} points");

    private static string Share(Answers answers) => Format.Percent((double)answers.Correct / answers.Images);

    private static string Range(TensorNoise one) => string.Create(CultureInfo.InvariantCulture, $"{one.Range.Least:G4} to {one.Range.Greatest:G4}");

    private static string Decibels(double value) =>
        double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0} dB") : double.IsPositiveInfinity(value) ? "exact" : "-";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
