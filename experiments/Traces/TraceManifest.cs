using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Recipes;
using Wage.Files;
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
            ["format"] = "wage-trace-2",
            ["recipe"] = recipe.Name,
            ["seed"] = recipe.Seed,
            ["bits"] = new JsonObject { ["W"] = bits.W, ["A"] = bits.A, ["G"] = bits.G, ["E"] = bits.E },
            ["rounding"] = Word(options.Rounding),
            ["randomizer"] = Word(options.Randomizer),
            ["activationClipMask"] = Word(options.ActivationClipMask),
            ["weightClipMask"] = options.WeightClipMask,
            ["update"] = new JsonObject { ["clip"] = update.Clip, ["clipFirst"] = update.ClipFirst, ["storage"] = update.Storage },
            ["errorWindow"] = options.ErrorWindow,
            ["loss"] = recipe.LossName,
            ["scoresShownAs"] = network.ScoresShownAs,
            ["layers"] = new TraceLayers(network).Describe(),
            ["steps"] = steps,
        };
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
    }

    /// <summary>A choice as the manifest writes it: "halfEven".</summary>
    public static string Word(Enum value) => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
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
