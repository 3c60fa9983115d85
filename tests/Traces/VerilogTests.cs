using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Wage.Experiments.Commands;
using Wage.Experiments.Traces;
using Wage.Tests.Experiments;

namespace Wage.Tests.Traces;

/// <summary>A dense layer in Verilog reads a trace's memory files and computes the same integers.</summary>
[Parallelizable]
public sealed class VerilogTests
{
    private const string Layer = "dense1";
    private static readonly string[] Small =
        ["data.train=40", "data.test=10", "model.kind=mlp", "model.sizes=12,10", "training.batch=10", "scheme.kW=4"];

    [Test]
    public void ADenseLayerInHardwareGivesTheIntegersOfATrace()
    {
        using var scratch = new ScratchFolder();
        var trace = scratch.In("trace");
        TraceCommand.Execute(new TraceRequest("digits", 1, trace, Small, "cpu", 1) { IsHex = true }, TextWriter.Null, CancellationToken.None);
        var step = Path.Combine(trace, "step-000000");
        var names = new (string Hex, string Array)[]
        {
            ("inputs", "input.images"), ("weights", $"{Layer}.weights"), ("accumulators", $"{Layer}.accumulators"),
            ("activations", $"{Layer}.activations"),
        };
        foreach (var (hex, array) in names) File.Copy(Path.Combine(step, $"{array}.hex"), scratch.In($"{hex}.hex"));
        var sums = NpyArray.Read(Path.Combine(step, $"{Layer}.accumulators.npy"));
        var weights = NpyArray.Read(Path.Combine(step, $"{Layer}.weights.npy"));
        var (units, limit) = Units(Path.Combine(trace, "manifest.json"));
        var (outputs, inputs, samples) = (weights.Shape[0], weights.Shape[1], sums.Shape[0]);
        Build(scratch.Path, ("INPUTS", inputs), ("OUTPUTS", outputs), ("SAMPLES", samples), ("SHIFT", units), ("LIMIT", limit));
        Assert.That(NpyArray.Read(Path.Combine(step, $"{Layer}.activations.npy")).Values.Distinct().Count(), Is.GreaterThan(2));
        Assert.That(Run("vvp", scratch.Path, "layer"), Does.StartWith($"{samples * outputs} outputs, 0 wrong"));

        var lines = File.ReadAllLines(scratch.In("weights.hex"));
        lines[^1] = lines[^1] == "01" ? "02" : "01";
        lines[^5] = lines[^5] == "07" ? "06" : "07";
        File.WriteAllLines(scratch.In("weights.hex"), lines);
        Assert.That(Run("vvp", scratch.Path, "layer"), Does.Not.Contain(" 0 wrong"), "a changed weight is seen");
    }

    /// <summary>The bits that Q_A drops and its limit.</summary>
    private static (int Dropped, int Limit) Units(string manifest)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(manifest));
        var tensors = document.RootElement.GetProperty("steps")[0].GetProperty("tensors").EnumerateArray()
            .Where(tensor => tensor.GetProperty("layer").GetString() == Layer).ToDictionary(tensor => tensor.GetProperty("quantity").GetString()!);
        int Bits(string quantity) => tensors[quantity].GetProperty("fractionBits").GetInt32();
        return (Bits("activationInputs") - Bits("activations"), tensors["activations"].GetProperty("limit").GetInt32());
    }

    private static void Build(string folder, params (string Name, int Value)[] parameters) => Run(
        "iverilog", folder,
        [
            "-g2005", "-Wall", "-o", "layer", "-s", "bench",
            .. parameters.Select(one => string.Create(CultureInfo.InvariantCulture, $"-Pbench.{one.Name}={one.Value}")),
            Repository.Path("tests/Traces/Verilog/dense.v"),
        ]);

    /// <summary>What a program prints; skips by name where it is missing.</summary>
    private static string Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, text + errors.Result);
            return text.ReplaceLineEndings("\n");
        }
        catch (Win32Exception)
        {
            throw new IgnoreException($"{program} is not installed (Debian's package iverilog)");
        }
    }
}
