using System.Text.Json;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Models;

/// <summary>
/// An operation of a plan in a file's header: the library's, by names. What is read is possible by itself; what fits it is the plan's.
/// </summary>
internal static class OperationJson
{
    private const int MostSide = 1 << 14;
    private const int MostChannels = 1 << 24;
    private const int MostPixelsOfMaxPool = 255;
    private static readonly string[] Conv =
        ["height", "width", "channels", "filters", "kernelHeight", "kernelWidth", "stride", "top", "left", "bottom", "right", "outside", "groups"];

    private static readonly string[] Windows = ["height", "width", "channels", "windowHeight", "windowWidth", "stride"];
    private static readonly string[] Sum =
        ["multiplierX", "shiftX", "zeroPointX", "multiplierY", "shiftY", "zeroPointY", "multiplier", "shift", "zeroPoint", "low", "high"];

    /// <exception cref="WageException">It is not the library's.</exception>
    public static void Write(Utf8JsonWriter json, string node, PlanOperation operation)
    {
        json.WriteString("operation", Name(node, operation));
        switch (operation)
        {
            case LookupOperation lookup:
                json.WriteNumber("least", lookup.Least);
                break;
            case SumOperation sum:
                json.WriteNumber("shiftX", sum.ShiftX);
                json.WriteNumber("shiftY", sum.ShiftY);
                break;
            case MaxPoolOperation pool:
                Write(json, pool.Geometry);
                break;
            case AveragePoolOperation pool:
                Write(json, pool.Geometry);
                json.WriteString("rounding", pool.Rounding.ToString());
                break;
            case AffineSumOperation { Function: var f }:
                JsonFields.Write(
                    json, "sum", Sum, f.X.Scale.Multiplier, f.X.Scale.Shift, f.X.ZeroPoint, f.Y.Scale.Multiplier, f.Y.Scale.Shift, f.Y.ZeroPoint,
                    f.Scale.Multiplier, f.Scale.Shift, f.ZeroPoint, f.Low, f.High);
                json.WriteString("rounding", f.Rounding.ToString());
                break;
            case StageOperation stage:
                StageJson.Write(json, node, stage.Stage);
                json.WriteNumber("reads", (int)stage.Reads);
                break;
            case ProductOperation { Geometry: var g } product:
                var (p, reads) = (g.Padding, product.Reads);
                JsonFields.Write(
                    json, "product", Conv, g.Height, g.Width, g.Channels, g.Filters, g.KernelHeight, g.KernelWidth, g.Stride, p.Top, p.Left, p.Bottom,
                    p.Right, p.Value, g.Groups);
                json.WriteString("accumulator", product.Accumulator.ToString());
                if (product.Pool is { } windows) Write(json, windows);
                if (product.Stage is { } end) StageJson.Write(json, node, end);
                json.WriteNumber("reads", (int)reads);
                break;
        }
    }

    /// <exception cref="FormatException">There is no such operation, or a number of it is impossible.</exception>
    public static PlanOperation Read(JsonElement node) => CheckpointHeader.Text(node, "operation") switch
    {
        "image" => new ImageOperation(),
        "relu" => new ReluOperation(),
        "reshape" => new ReshapeOperation(),
        "concat" => new ConcatOperation(),
        "lookup" => new LookupOperation(CheckpointHeader.Field(node, "least").Int32("least")),
        "sum" => new SumOperation(JsonFields.Between(node, "shiftX", 0, 62), JsonFields.Between(node, "shiftY", 0, 62)),
        "maxPool" => new MaxPoolOperation(PoolOf(node, MostPixelsOfMaxPool)),
        "averagePool" => new AveragePoolOperation(PoolOf(node, int.MaxValue), StageJson.Ties(node)),
        "affineSum" => AffineSumOf(node),
        "stage" => new StageOperation(StageJson.Read(node), ReadsOf(node)),
        "product" => ProductOf(node),
        var other => throw new FormatException($"there is no operation {CheckpointHeader.Quoted(other)}"),
    };

    /// <summary>How many nodes and constants an operation reads; of a concatenation, at least one node.</summary>
    public static (int Inputs, int Constants) Arity(PlanOperation operation) => operation switch
    {
        ImageOperation => (0, 0),
        SumOperation or AffineSumOperation => (2, 0),
        LookupOperation => (1, 1),
        StageOperation stage => (1, Count(stage.Reads)),
        ProductOperation product => (1, 1 + Count(product.Reads)),
        _ => (1, 0),
    };

    private static int Count(StageReads reads) => int.PopCount((int)reads);

    private static string Name(string node, PlanOperation operation) => operation switch
    {
        ImageOperation => "image",
        ReluOperation => "relu",
        ReshapeOperation => "reshape",
        ConcatOperation => "concat",
        LookupOperation => "lookup",
        SumOperation => "sum",
        MaxPoolOperation => "maxPool",
        AveragePoolOperation => "averagePool",
        AffineSumOperation => "affineSum",
        StageOperation => "stage",
        ProductOperation => "product",
        _ => throw new WageException($"{node}: a {operation.GetType().Name} is a piece of somebody's own, which no file of a model holds."),
    };

    private static void Write(Utf8JsonWriter json, in PoolGeometry g) =>
        JsonFields.Write(json, "windows", Windows, g.Height, g.Width, g.Channels, g.WindowHeight, g.WindowWidth, g.Stride);

    private static PoolGeometry PoolOf(JsonElement node, int most)
    {
        var n = JsonFields.Read(node, "windows", Windows);
        var g = new PoolGeometry(1, n[0], n[1], n[2], n[3], n[4], n[5]);
        JsonFields.Require("windows", n.Min() >= 1 && Math.Max(n[0], n[1]) <= MostSide && n[2] <= MostChannels && n[3] <= n[0] && n[4] <= n[1], n);
        JsonFields.Require("windows", g.Window <= most && g.InputLength <= int.MaxValue, n);
        return g;
    }

    private static ProductOperation ProductOf(JsonElement node)
    {
        var n = JsonFields.Read(node, "product", Conv);
        var g = new ConvGeometry(
            1, n[0], n[1], n[2], n[3], n[4], n[5], n[6], new Padding(n[7], n[8], n[9], n[10]) { Value = n[11] }, n[12]);
        var sides = n[..7].Min() >= 1 && n[12] >= 1 && new[] { n[0], n[1], n[4], n[5] }.Max() <= MostSide && Math.Max(n[2], n[3]) <= MostChannels;
        JsonFields.Require("product", sides && n[11] is >= sbyte.MinValue and <= sbyte.MaxValue && n[7..11].Min() >= 0, n);
        JsonFields.Require("product", Math.Max(n[7], n[9]) < g.KernelHeight && Math.Max(n[8], n[10]) < g.KernelWidth, n);
        JsonFields.Require("product", g.KernelHeight <= g.Height + n[7] + n[9] && g.KernelWidth <= g.Width + n[8] + n[10], n);
        JsonFields.Require("product", g.Channels % g.Groups == 0 && g.Filters % g.Groups == 0, n);
        var terms = (long)g.KernelHeight * g.KernelWidth * g.GroupChannels;
        JsonFields.Require("product", terms <= int.MaxValue && g.InputLength <= int.MaxValue && g.OutputLength <= int.MaxValue, n);
        var accumulator = JsonFields.Named<ElementType>(node, "accumulator");
        JsonFields.Require("accumulator", accumulator is ElementType.Int32 or ElementType.Int64, accumulator);
        return new ProductOperation(
            g, accumulator, node.TryGetProperty("windows", out _) ? PoolOf(node, MostPixelsOfMaxPool) : null,
            node.TryGetProperty("stage", out _) ? StageJson.Read(node) : null, ReadsOf(node));
    }

    private static AffineSumOperation AffineSumOf(JsonElement node)
    {
        var n = JsonFields.Read(node, "sum", Sum);
        return new AffineSumOperation(new AffineSum(
            new(new(n[0], n[1]), n[2]), new(new(n[3], n[4]), n[5]), new(n[6], n[7]), n[8], n[9], n[10],
            JsonFields.Named<MultiplierRounding>(node, "rounding")));
    }

    private static StageReads ReadsOf(JsonElement node) => (StageReads)JsonFields.Between(node, "reads", 0, 15);
}
