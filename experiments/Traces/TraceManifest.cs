using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Backends;
using Wage.Experiments.Recipes;
using Wage.Files;
using Wage.Layers;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Experiments.Traces;

/// <summary>manifest.json: all that a reader of a trace needs besides the arrays. It is written last: a trace without it is not complete.</summary>
internal sealed class TraceManifest(Recipe recipe, Network network)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly JsonArray steps = [];

    /// <summary>Adds a step with its tensors.</summary>
    public void Add(long step, int epoch, Ratio eta, IEnumerable<TracedTensor> tensors) => steps.Add(new JsonObject
    {
        ["step"] = step,
        ["epoch"] = epoch,
        ["eta"] = new JsonObject { ["numerator"] = eta.Numerator, ["denominator"] = eta.Denominator },
        ["tensors"] = new JsonArray([.. tensors.Select(tensor => (JsonNode)tensor.ToJson())]),
    });

    /// <summary>Writes the file.</summary>
    public void Write(string path)
    {
        var (options, bits) = (recipe.Options, recipe.Options.Bits);
        var update = new WageScheme(options).StoredUpdate;
        var json = new JsonObject
        {
            ["format"] = "wage-trace-1",
            ["recipe"] = recipe.Name,
            ["seed"] = recipe.Seed,
            ["bits"] = new JsonObject { ["W"] = bits.W, ["A"] = bits.A, ["G"] = bits.G, ["E"] = bits.E },
            ["rounding"] = Word(options.Rounding),
            ["randomizer"] = Word(options.Randomizer),
            ["activationClipMask"] = Word(options.ActivationClipMask),
            ["weightClipMask"] = options.WeightClipMask,
            ["update"] = new JsonObject { ["clip"] = update.Clip, ["clipFirst"] = update.ClipFirst, ["storage"] = update.Storage },
            ["loss"] = recipe.LossName,
            ["layers"] = new JsonArray([.. network.Table.Select(row => (JsonNode)Layer(row))]),
            ["steps"] = steps,
        };
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
    }

    private JsonObject Layer(LayerRow row)
    {
        var json = new JsonObject { ["name"] = row.Name, ["kind"] = row.Kind, ["output"] = Extents(row.Output) };
        if (row.Product is { } product)
        {
            var parameter = network.Parameters.First(w => w.Name == row.Name);
            json["parameter"] = parameter.Index;
            json["log2Alpha"] = parameter.Log2Alpha;
            json["weightFractionBits"] = parameter.Scheme.W.Range.FractionBits + parameter.Log2Alpha;
            json["product"] = Product(product);
        }

        if (row.Pool is { } pool)
        {
            json["pool"] = new JsonObject
            {
                ["height"] = pool.Height,
                ["width"] = pool.Width,
                ["channels"] = pool.Channels,
                ["windowHeight"] = pool.WindowHeight,
                ["windowWidth"] = pool.WindowWidth,
                ["stride"] = pool.Stride,
            };
        }

        return json;
    }

    private static JsonObject Product(in ConvGeometry g) => new()
    {
        ["batch"] = g.Batch,
        ["height"] = g.Height,
        ["width"] = g.Width,
        ["channels"] = g.Channels,
        ["filters"] = g.Filters,
        ["kernelHeight"] = g.KernelHeight,
        ["kernelWidth"] = g.KernelWidth,
        ["stride"] = g.Stride,
        ["top"] = g.Padding.Top,
        ["left"] = g.Padding.Left,
        ["bottom"] = g.Padding.Bottom,
        ["right"] = g.Padding.Right,
    };

    private static JsonArray Extents(Tensors.Shape shape) => new([.. Enumerable.Range(0, shape.Rank).Select(i => (JsonNode)shape[i])]);

    private static string Word(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <summary>An array of a trace.</summary>
internal sealed record TracedTensor(
    string Layer, string Quantity, string File, string Type, int[] Shape, int? FractionBits, long? Exponent, int? Limit)
{
    public JsonObject ToJson() => new()
    {
        ["layer"] = Layer,
        ["quantity"] = Quantity,
        ["file"] = File,
        ["dtype"] = Type,
        ["shape"] = new JsonArray([.. Shape.Select(extent => (JsonNode)extent)]),
        ["fractionBits"] = FractionBits,
        ["exponent"] = Exponent,
        ["limit"] = Limit,
    };
}
