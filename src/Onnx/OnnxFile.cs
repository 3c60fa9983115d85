using System.Text;
using System.Text.Json;
using Onnx;
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

    /// <summary>
    /// The input of the styles of floats: Float [N,C,H,W], of a pixel its number in "wage.pixels" of the metadata times the scale in "wage.input".
    /// </summary>
    public const string Image = "image";

    /// <summary>The output: Int32 [N,classes], or Int64 where the plan's scores are, or Float, as "wage.scores" says.</summary>
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

    /// <summary>The graph.</summary>
    /// <param name="model">The model with its data.</param>
    /// <param name="style">How it says integers.</param>
    /// <exception cref="WageException">
    /// A node does what no graph of these operators is known for, or claims a bound that it does not keep; it is named.
    /// </exception>
    public static OnnxModel Of(ModelPlanFile model, OnnxStyle style = OnnxStyle.Integers)
    {
        ArgumentNullException.ThrowIfNull(model);
        var onnx = style == OnnxStyle.Integers ? Integers(model) : Floats(model, style);
        model.RequireBounds("model");                                               // what widths were chosen by, and what "exact" is said of
        return onnx;
    }

    private static OnnxModel Integers(ModelPlanFile model)
    {
        var (plan, graph) = (model.Plan, new OnnxGraph());
        var pixels = new OnnxValue(graph.Take(Input), DataType.Uint8);
        _ = graph.Take(Output);
        var scores = new OnnxNodes(plan, graph).Add(pixels);
        var image = plan.Image;
        var finished = graph.Finish(
            "wage", Value(pixels, null, image[1], image[2], image[3]), scores, Value(new OnnxValue(Output, scores.Type), null, plan.Classes));
        return new OnnxModel(Proto(finished, Properties(model, $"score * 2^-{plan.Scores.FractionBits}")), []);
    }

    private static OnnxModel Floats(ModelPlanFile model, OnnxStyle style)
    {
        var (plan, graph) = (model.Plan, new OnnxGraph());
        var (image, isQonnx) = (new OnnxValue(graph.Take(Image), DataType.Float), style == OnnxStyle.Qonnx);
        _ = graph.Take(Output);
        var nodes = new OnnxFloatNodes(plan, graph, isQonnx ? new QonnxQuantizer(graph) : new QdqQuantizer(graph));
        var (scores, shape, batch) = (nodes.Add(image), plan.Image, isQonnx ? 1 : (int?)null);
        var finished = graph.Finish(
            "wage", Value(image, batch, shape[3], shape[1], shape[2]), scores, Value(new OnnxValue(Output, DataType.Float), batch, plan.Classes));
        int[] pixels = [.. plan.Pixels.ToArray().Select(pixel => pixel - nodes.ImageZero)];
        var less = nodes.ScoreZero == 0 ? "score" : $"(score - {nodes.ScoreZero})";
        var proto = Proto(
            finished,
            [
                .. Properties(model, $"{less} * {nodes.ScoreScale}"), ("wage.input", $"wage.pixels[pixel] * {nodes.ImageScale}"),
                ("wage.pixels", JsonSerializer.Serialize(pixels)),
            ]);
        if (isQonnx) proto.OpsetImport.Add(new OperatorSetIdProto { Domain = QonnxQuantizer.Domain, Version = 1 });
        return new OnnxModel(proto, nodes.Differences);
    }

    private static ModelProto Proto(GraphProto graph, IEnumerable<(string Key, string Value)> properties)
    {
        var onnx = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxFile).Assembly.GetName().Version!.ToString(3),
            Graph = graph,
        };
        onnx.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = Opset });
        foreach (var (key, value) in properties) onnx.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return onnx;
    }

    /// <summary>What the graph does not say.</summary>
    private static IEnumerable<(string Key, string Value)> Properties(ModelPlanFile model, string scores)
    {
        var image = model.Data.Preparation;
        yield return ("wage.classes", JsonSerializer.Serialize(model.Data.ClassNames));
        yield return ("wage.preparation", JsonSerializer.Serialize(
            new { height = image.Height, width = image.Width, channels = image.Channels, fit = image.Fit.ToString() }));
        yield return ("wage.scores", scores);
        if (model.Config.Length > 0) yield return ("wage.recipe", model.Config);
    }

    /// <summary>A value outside: of any number of images, or of so many.</summary>
    private static ValueInfoProto Value(OnnxValue value, int? batch, params ReadOnlySpan<int> extents)
    {
        var shape = new TensorShapeProto();
        var first = new TensorShapeProto.Types.Dimension();
        if (batch is { } images) first.DimValue = images;
        else first.DimParam = "N";
        shape.Dim.Add(first);
        foreach (var extent in extents) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = extent });
        return new ValueInfoProto
        {
            Name = value.Name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)value.Type, Shape = shape } },
        };
    }
}
