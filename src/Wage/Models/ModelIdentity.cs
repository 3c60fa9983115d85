using Wage.Layers;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Models;

/// <summary>Something that tells two models apart.</summary>
/// <param name="Name">"scheme.kW", "conv1", "conv1.weights.kW".</param>
/// <param name="Value">"2", "5x5 conv, same 28x28x32", "8".</param>
/// <param name="Otherwise">The value that a checkpoint means that does not name it; null: it names it.</param>
/// <param name="Spelled">The same value spelled out, as a checkpoint may have it; null: it has one spelling.</param>
public readonly record struct ModelTrait(string Name, string Value, string? Otherwise = null, string? Spelled = null);

/// <summary>
/// What a network makes of its weights, as a list of names and values: the scheme with its options, the table of layers, the place of those without
/// a row, the options that a layer has for itself. A checkpoint keeps it, and is refused by a network of another.
/// </summary>
public sealed class ModelIdentity
{
    internal const int LongestText = 120;

    /// <summary>The name of an option's trait is this and the option's; it stands in files.</summary>
    internal static readonly string SchemePrefix = "scheme.";

    /// <summary>An identity as a file holds it.</summary>
    public ModelIdentity(IReadOnlyList<ModelTrait> traits) => Traits = traits;

    /// <summary>The traits, each name once.</summary>
    public IReadOnlyList<ModelTrait> Traits { get; }

    /// <summary>
    /// The layers of the network, from which another one like it can be built; null where a layer has no description, and in older files.
    /// </summary>
    public SpecList<LayerSpec>? Layers { get; init; }

    /// <summary>The identity of a built network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="lossScheme">The scheme of the errors of the loss.</param>
    internal static ModelIdentity Of(Network network, Scheme lossScheme)
    {
        var scheme = network.Scheme.Traits.ToDictionary(trait => trait.Name, StringComparer.Ordinal);
        List<ModelTrait> traits = [new("input", network.Input.ToString())];
        traits.AddRange(network.Scheme.Traits.Select(trait => new ModelTrait(trait.Name, trait.Value, trait.Default, trait.Spelled)));
        traits.AddRange(network.Table.Select(Of));
        var (rows, before) = (network.Table.Select(row => row.Name).ToHashSet(StringComparer.Ordinal), "the images");
        foreach (var layer in Flat(network.Layers))
        {
            if (!rows.Contains(layer.Name)) traits.Add(new(layer.Name, $"{layer.GetType().Name} after {before}"));
            if (layer is Residual residual) traits.Add(new($"{layer.Name}.branch", $"{residual.Branch.Count} layers"));
            before = layer.Name;
            if (layer is ProductLayer { IsFrozen: true } or BatchNorm { IsFrozen: true }) traits.Add(new($"{layer.Name}.train", "false", "true"));
            if (layer.Scheme is not { } own) continue;
            if (layer is Quantize quantize) Differing($"{quantize.ShownAs}.outputs", own, LayerParts.Activations | LayerParts.Errors);
            else Differing($"{layer.Name}.weights", own, LayerParts.Weights);
        }

        Differing($"{network.ScoresShownAs}.outputs", lossScheme, LayerParts.Errors);
        return new ModelIdentity([.. traits.Select(Cut).DistinctBy(trait => trait.Name)]) { Layers = LayersJson.SpecsOf(network.Layers) };

        void Differing(string owner, Scheme own, LayerParts parts)
        {
            foreach (var trait in own.Traits)
            {
                var general = scheme.TryGetValue(trait.Name, out var known) ? known.Value : trait.Default;
                if (trait.Value == general || (trait.Parts != LayerParts.None && (trait.Parts & parts) == 0)) continue;
                var name = trait.Name.StartsWith(SchemePrefix, StringComparison.Ordinal) ? trait.Name[SchemePrefix.Length..] : trait.Name;
                traits.Add(new ModelTrait($"{owner}.{name}", trait.Value, general ?? "the network's", trait.Spelled));
            }
        }
    }

    /// <summary>A layer of the table: its kind and the extents of its output.</summary>
    internal static ModelTrait Of(LayerRow row) =>
        new(row.Name, $"{row.Kind} {string.Join('x', Enumerable.Range(1, row.Output.Rank - 1).Select(i => row.Output[i]))}");

    /// <summary>The first trait in which a checkpoint's identity, this one, is not that of a model: a sentence; or null.</summary>
    public string? DifferenceFrom(ModelIdentity model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var saved = Traits.ToDictionary(trait => trait.Name, trait => trait.Value, StringComparer.Ordinal);
        foreach (var (name, value, otherwise, spelled) in model.Traits)
        {
            var there = saved.Remove(name, out var given) ? given : otherwise;
            if (there is null) return $"says nothing of {Quoted(name)}, which is {Quoted(value)} in the model";
            if (there != value && there != spelled) return $"{Quoted(name)} is {Quoted(there)}, but the model has {Quoted(value)}";
        }

        return Traits.FirstOrDefault(trait => saved.ContainsKey(trait.Name)) is { Name: not null } more
            ? $"{Quoted(more.Name)} is {Quoted(more.Value)}, which the model has not" : null;
    }

    private static IEnumerable<Layer> Flat(IEnumerable<Layer> layers) => layers.SelectMany(layer =>
        layer is Residual residual ? Flat([.. residual.Branch, .. residual.Shortcut]).Prepend(layer) : [layer]);

    private static ModelTrait Cut(ModelTrait trait) =>
        trait with { Name = OneLine.Cut(trait.Name, LongestText), Value = OneLine.Cut(trait.Value, LongestText) };

    private static string Quoted(string text) => OneLine.Quote(text);
}
