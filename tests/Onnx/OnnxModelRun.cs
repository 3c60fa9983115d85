using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Wage.Models;
using Wage.Onnx;

namespace Wage.Tests.Onnx;

/// <summary>
/// An exported model in ONNX Runtime, on one thread, with or without its changes to the graph. A model of floats is fed and read as its metadata say.
/// </summary>
internal sealed class OnnxModelRun : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly long[] image;
    private readonly float[]? pixels;
    private readonly double unit = 1;
    private readonly int zero;

    public OnnxModelRun(ReadOnlyMemory<byte> model, ModelPlan plan, bool isOptimized)
    {
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = isOptimized ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        // Without VNNI, pairs of products would be added in 16 bits, which saturate.
        settings.AddSessionConfigEntry("session.x64quantprecision", "1");
        session = new InferenceSession(model.ToArray(), settings);
        image = [plan.Image[1], plan.Image[2], plan.Image[3]];
        var words = session.ModelMetadata.CustomMetadataMap;
        if (!words.TryGetValue("wage.input", out var input)) return;
        var (of, scores) = ((float)Scale(input), words["wage.scores"]);
        pixels = [.. JsonSerializer.Deserialize<int[]>(words["wage.pixels"])!.Select(pixel => pixel * of)];
        (unit, zero) = (Scale(scores), scores[0] == '(' ? int.Parse(scores[9..scores.IndexOf(')')], CultureInfo.InvariantCulture) : 0);
    }

    /// <summary>The scores, [count,classes].</summary>
    public long[] Scores(byte[] pixels, int count)
    {
        if (this.pixels is { } values) return Floats(values, pixels, count);
        using var given = OrtValue.CreateTensorValueFromMemory(pixels, [count, .. image]);
        using var results = session.Run(options, [OnnxFile.Input], [given], [OnnxFile.Output]);
        return results[0].GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64
            ? results[0].GetTensorDataAsSpan<long>().ToArray()
            : Array.ConvertAll(results[0].GetTensorDataAsSpan<int>().ToArray(), score => (long)score);
    }

    /// <summary>"... * 2^-7" or "... * 9012345*2^-30".</summary>
    private static double Scale(string words)
    {
        var at = words.LastIndexOf(' ') + 1;
        var factors = words[at..].Split('*');
        var power = Math.ScaleB(1, int.Parse(factors[^1][2..], CultureInfo.InvariantCulture));
        return factors.Length == 1 ? power : power * double.Parse(factors[0], CultureInfo.InvariantCulture);
    }

    private long[] Floats(float[] values, byte[] pixels, int count)
    {
        var (area, channels, planes) = ((int)(image[0] * image[1]), (int)image[2], new float[pixels.Length]);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (n, p, c) = (i / (area * channels), i / channels % area, i % channels);
            planes[(((n * channels) + c) * area) + p] = values[pixels[i]];
        }

        using var given = OrtValue.CreateTensorValueFromMemory(planes, [count, image[2], image[0], image[1]]);
        using var results = session.Run(options, [OnnxFile.Image], [given], [OnnxFile.Output]);
        return Array.ConvertAll(results[0].GetTensorDataAsSpan<float>().ToArray(), score => (long)Math.Round(score / unit) + zero);
    }

    public void Dispose()
    {
        options.Dispose();
        session.Dispose();
    }

    /// <summary>The scores of a plan, both ways.</summary>
    public static IEnumerable<(string How, long[] Scores)> Of(ModelPlanFile file, byte[] pixels, int count) =>
        Of(OnnxFile.Of(file).Bytes, file.Plan, pixels, count);

    /// <summary>The scores of a graph of a plan, both ways.</summary>
    public static IEnumerable<(string How, long[] Scores)> Of(ReadOnlyMemory<byte> bytes, ModelPlan plan, byte[] pixels, int count)
    {
        foreach (var isOptimized in new[] { true, false })
        {
            using var run = new OnnxModelRun(bytes, plan, isOptimized);
            yield return (isOptimized ? "optimized" : "as it is", run.Scores(pixels, count));
        }
    }
}
