using Microsoft.ML.OnnxRuntime;

namespace Wage.Tests.Quantization.Onnx;

/// <summary>One operator of ONNX Runtime, on one thread.</summary>
internal sealed class OnnxOperator : IDisposable
{
    private readonly (int Type, int[] Shape)[] inputs;
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly string[] names;

    public OnnxOperator(
        string operation, string domain, (int Type, int[] Shape)[] inputs, int[] output, params (string Name, bool IsList, int[] Values)[] attributes)
    {
        this.inputs = inputs;
        names = [.. Enumerable.Range(0, inputs.Length).Select(i => $"x{i}")];
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        session = new InferenceSession(OnnxModel.Of(operation, domain, inputs, (OnnxModel.UInt8, output), attributes), settings);
    }

    /// <summary>The codes of the output.</summary>
    /// <param name="values">Of each input: bytes, floats or integers.</param>
    public byte[] Run(params Array[] values)
    {
        OrtValue[] given = [.. values.Select((array, i) => Of(array, Array.ConvertAll(inputs[i].Shape, extent => (long)extent)))];
        try
        {
            using var results = session.Run(options, names, given, ["y"]);
            return results[0].GetTensorDataAsSpan<byte>().ToArray();
        }
        finally
        {
            foreach (var one in given) one.Dispose();
        }
    }

    public void Dispose()
    {
        options.Dispose();
        session.Dispose();
    }

    private static OrtValue Of(Array values, long[] shape) => values switch
    {
        byte[] bytes => OrtValue.CreateTensorValueFromMemory(bytes, shape),
        int[] integers => OrtValue.CreateTensorValueFromMemory(integers, shape),
        _ => OrtValue.CreateTensorValueFromMemory((float[])values, shape),
    };
}
