using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Wage.Models;
using Wage.Onnx;

namespace Wage.Tests.Onnx;

/// <summary>An exported model in ONNX Runtime, on one thread, with or without its changes to the graph.</summary>
internal sealed class OnnxModelRun : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly long[] image;

    public OnnxModelRun(byte[] model, ModelPlan plan, bool isOptimized)
    {
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = isOptimized ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        session = new InferenceSession(model, settings);
        image = [plan.Image[1], plan.Image[2], plan.Image[3]];
    }

    /// <summary>The scores, [count,classes].</summary>
    public long[] Scores(byte[] pixels, int count)
    {
        using var given = OrtValue.CreateTensorValueFromMemory(pixels, [count, .. image]);
        using var results = session.Run(options, [OnnxFile.Input], [given], [OnnxFile.Output]);
        return results[0].GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64
            ? results[0].GetTensorDataAsSpan<long>().ToArray()
            : Array.ConvertAll(results[0].GetTensorDataAsSpan<int>().ToArray(), score => (long)score);
    }

    public void Dispose()
    {
        options.Dispose();
        session.Dispose();
    }

    /// <summary>The scores of a plan, both ways.</summary>
    public static IEnumerable<(string How, long[] Scores)> Of(ModelPlanFile file, byte[] pixels, int count)
    {
        var bytes = OnnxFile.Of(file).ToByteArray();
        foreach (var isOptimized in new[] { true, false })
        {
            using var run = new OnnxModelRun(bytes, file.Plan, isOptimized);
            yield return (isOptimized ? "optimized" : "as it is", run.Scores(pixels, count));
        }
    }
}
