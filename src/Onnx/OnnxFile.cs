using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Onnx;
using Wage.Files;
using Wage.Models;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>
/// A model as an ONNX graph of standard operators that gives the same integers: pixels, bytes [N,H,W,C], to scores [N,classes]. Nothing in it is
/// rounded but by the plan's own rule.
/// </summary>
public static class OnnxFile
{
    /// <summary>How such files are called: "lenet.onnx".</summary>
    public const string Extension = ".onnx";

    /// <summary>The version of the operators: of ONNX 1.8, which every runtime of today reads.</summary>
    public const int Opset = 13;

    /// <summary>
    /// The input: UInt8 [N,H,W,C], rows of interleaved pixels, the bytes that <see cref="Predictor.Predict(ReadOnlySpan{byte})"/> takes.
    /// </summary>
    public const string Input = "pixels";

    /// <summary>The output: Int32 [N,classes], or Int64 where the plan's scores are.</summary>
    public const string Output = "scores";

    private const int IrVersion = 7;
    private const string Producer = "wage";

    /// <summary>Whether a file begins as one that was written here; false where it cannot be read.</summary>
    public static bool Begins(string path)
    {
        // The first two fields of the message, which are written first: the version of the format, and who wrote it.
        byte[] expected = [0x08, IrVersion, 0x12, (byte)Producer.Length, .. Encoding.ASCII.GetBytes(Producer)];
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[expected.Length];
            return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && bytes.AsSpan().SequenceEqual(expected);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes the file whole or not at all; the same model gives the same bytes.</summary>
    /// <param name="model">The model with its data.</param>
    /// <param name="path">The file.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="WageException">
    /// A node does what no graph of standard operators is known for, or the file cannot be written; the old one stands.
    /// </exception>
    public static ModelProto Write(ModelPlanFile model, string path)
    {
        var onnx = Of(model);
        AtomicFile.Write(path, onnx.ToByteArray());
        return onnx;
    }

    /// <summary>The graph.</summary>
    /// <param name="model">The model with its data.</param>
    /// <exception cref="WageException">A node does what no graph of standard operators is known for; it is named.</exception>
    public static ModelProto Of(ModelPlanFile model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (plan, graph) = (model.Plan, new OnnxGraph());
        var pixels = new OnnxValue(graph.Take(Input), DataType.Uint8);
        _ = graph.Take(Output);
        var scores = new OnnxNodes(plan, graph).Add(pixels);
        var image = plan.Image;
        var onnx = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxFile).Assembly.GetName().Version!.ToString(3),
            Graph = graph.Finish(
                "wage", Value(pixels, image[1], image[2], image[3]), scores, Value(new OnnxValue(Output, scores.Type), plan.Classes)),
        };
        onnx.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = Opset });
        foreach (var (key, value) in Properties(model)) onnx.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return onnx;
    }

    /// <summary>What the graph does not say.</summary>
    private static IEnumerable<(string Key, string Value)> Properties(ModelPlanFile model)
    {
        var image = model.Data.Preparation;
        yield return ("wage.classes", JsonSerializer.Serialize(model.Data.ClassNames));
        yield return ("wage.preparation", JsonSerializer.Serialize(
            new { height = image.Height, width = image.Width, channels = image.Channels, fit = image.Fit.ToString() }));
        yield return ("wage.scores", string.Create(CultureInfo.InvariantCulture, $"score * 2^-{model.Plan.Scores.FractionBits}"));
        if (model.Config.Length > 0) yield return ("wage.recipe", model.Config);
    }

    private static ValueInfoProto Value(OnnxValue value, params ReadOnlySpan<int> extents)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        foreach (var extent in extents) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = extent });
        return new ValueInfoProto
        {
            Name = value.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)value.Type, Shape = shape } },
        };
    }
}
