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
    private const string Wage = "wage";
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
        var json = new JsonObject { ["format"] = "wage-trace-3", ["recipe"] = recipe.Name, ["seed"] = recipe.Seed };
        if (recipe.SchemeSettings.Kind.Name != Wage) json["scheme"] = recipe.SchemeSettings.Kind.Name;
        foreach (var (name, value) in Scheme(recipe.SchemeSettings)) json[name] = value;
        json["loss"] = recipe.LossName;
        json["scoresShownAs"] = network.ScoresShownAs;
        json["layers"] = new TraceLayers(network).Describe();
        json["schemes"] = new JsonObject(recipe.Layers.Layers.Select(
            own => KeyValuePair.Create(own.Layer, (JsonNode?)OfLayer(own.Settings))));
        json["roundingIndices"] = new JsonObject(network.RoundingIndices.Select(one => KeyValuePair.Create(one.Quantizer, (JsonNode?)one.Index)));
        json["steps"] = steps;
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
    }

    /// <summary>A layer's own.</summary>
    private static JsonObject OfLayer(SchemeSettings settings) =>
        settings.Kind.Name == Wage ? new JsonObject(Scheme(settings)) : Options(settings);

    /// <summary>The options as recipes spell them.</summary>
    private static JsonObject Options(SchemeSettings settings) => new(settings.Kind.Options.Select(
        option => KeyValuePair.Create(option.Name, (JsonNode?)settings[option.Name])));

    /// <summary>What a reader must know of WAGE's options, or the options of another scheme.</summary>
    private static IEnumerable<KeyValuePair<string, JsonNode?>> Scheme(SchemeSettings settings)
    {
        if (settings.Kind.Name != Wage) return [new("options", Options(settings))];
        var options = WageOptions.Of(settings);
        var (bits, update) = (options.Bits, options.StoredUpdate);
        return
        [
            new("bits", new JsonObject { ["W"] = bits.W, ["A"] = bits.A, ["G"] = bits.G, ["E"] = bits.E }),
            new("rounding", Word(options.Rounding)),
            new("roundings", new JsonObject
            {
                ["W"] = Word(options.WeightRounding ?? options.Rounding),
                ["A"] = Word(options.ActivationRounding ?? options.Rounding),
                ["E"] = Word(options.ErrorRounding ?? options.Rounding),
            }),
            new("randomizer", Word(options.Randomizer)),
            new("activationClipMask", Word(options.ActivationClipMask)),
            new("weightClipMask", options.WeightClipMask),
            new("update", new JsonObject { ["clip"] = update.Clip, ["clipFirst"] = update.ClipFirst, ["storage"] = update.Storage }),
            new("errorWindow", options.ErrorWindow),
            new("ranges", new JsonObject { ["E"] = Word(options.ErrorRange), ["G"] = Word(options.GradientRange) }),
            new("hybrid", options.Hybrid is not null),
        ];
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
