using Wage.Models;
using Wage.Schemes;

namespace Wage.Layers;

/// <summary>
/// What can have options of its own in a network that is not built yet, by the names that its table will have: "conv1" has weights, and where a
/// <see cref="Quantize"/> reads its sums, activations and errors; the last layer's errors are those of the loss.
/// </summary>
public sealed class LayerSchemes
{
    private readonly Dictionary<string, LayerParts> parts = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly List<(string Name, Layer Layer)> users = [];

    /// <summary>Reads the layers from the image to the scores.</summary>
    public LayerSchemes(IReadOnlyList<Layer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var naming = new LayerNaming();
        Walk(layers, naming);
        if (naming.Source is { } last) Add(last, LayerParts.Errors, null);
    }

    /// <summary>Reads a description from the image to the scores.</summary>
    /// <param name="layers">The description.</param>
    /// <param name="kind">
    /// Of integers: as the layers of <see cref="LayerSpec.ToLayer"/>. Another: the activations and errors of every block are its own, whether a
    /// <see cref="QuantizeSpec"/> ends it or the next product does.
    /// </param>
    public LayerSchemes(SpecList<LayerSpec> layers, SchemeKind kind)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(kind);
        var naming = new LayerNaming();
        Walk(layers, naming, ofBlocks: !kind.IsInteger);
        if (naming.Source is { } last) Add(last, LayerParts.Errors, null);
    }

    /// <summary>The names, in order.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>What the layer of this name has for itself; None for a name that is none.</summary>
    public LayerParts this[string name] => parts.GetValueOrDefault(name);

    /// <summary>The layer of this name.</summary>
    /// <param name="name">"conv1".</param>
    /// <param name="origin">Where it was given, for the message.</param>
    /// <exception cref="WageException">There is none; the nearest is suggested.</exception>
    public void Require(string name, string origin)
    {
        if (parts.ContainsKey(name)) return;
        throw new WageException(
            $"{origin}: the model has no layer '{OneLine.Quote(name)}'.",
            NearestName.Of(name, names) is { } near ? $"did you mean {near}?" : OneLine.Cut($"it has {string.Join(", ", names)}.", 300));
    }

    /// <summary>Gives layers what they have for themselves, by their names; null where none has anything.</summary>
    /// <exception cref="WageException">A name is none, or that of a layer that cannot have it.</exception>
    internal static LayerSchemes? Applied(
        IReadOnlyList<Layer> layers, IReadOnlyDictionary<string, Scheme>? schemes, IReadOnlySet<string>? frozen)
    {
        if (schemes is not { Count: > 0 } && frozen is not { Count: > 0 }) return null;
        var named = new LayerSchemes(layers);
        if (schemes is not null) named.Apply(schemes);
        named.Freeze(frozen ?? (IEnumerable<string>)[]);
        return named;
    }

    /// <summary>Gives layers these schemes by their names.</summary>
    /// <exception cref="WageException">A name is none, or a batch norm's.</exception>
    internal void Apply(IReadOnlyDictionary<string, Scheme> schemes)
    {
        foreach (var name in schemes.Keys)
        {
            Require(name, "layers");
            if (this[name] == LayerParts.Normalization)
                throw new WageException($"layers: {name} is a batch norm, which has no scheme of its own.", "give it to the product before it.");
        }

        foreach (var (name, layer) in users)
            if (schemes.TryGetValue(name, out var own)) layer.Take(own);
    }

    /// <summary>Keeps the weights of these layers as they start.</summary>
    /// <exception cref="WageException">A name is none, or that of a layer without weights.</exception>
    private void Freeze(IEnumerable<string> frozen)
    {
        foreach (var name in frozen)
        {
            Require(name, "layers");
            switch (users.Find(user => user.Name == name && user.Layer is ProductLayer or BatchNorm).Layer)
            {
                case ProductLayer product: product.IsFrozen = true; break;
                case BatchNorm norm: norm.IsFrozen = true; break;
                default:
                    throw new WageException($"layers: {name} has no weights, so there is nothing to keep from training.",
                        OneLine.Cut($"those with weights are {string.Join(", ", names.Where(HasWeights))}.", 300));
            }
        }
    }

    private bool HasWeights(string name) => (this[name] & (LayerParts.Weights | LayerParts.Normalization)) != 0;

    /// <summary>The build gave the same names: layers of somebody's own between them may take names or end blocks.</summary>
    /// <exception cref="WageException">It did not.</exception>
    internal void RequireBuilt()
    {
        foreach (var (name, layer) in users)
        {
            var built = layer is Quantize quantize ? quantize.ShownAs : layer.Name;
            if (built != name) throw new WageException($"layers: {built} was taken for {name}, so it cannot be given options by its name.",
                "give the layer its Scheme where it is made.");
        }
    }

    private void Walk(IEnumerable<Layer> layers, LayerNaming naming)
    {
        foreach (var layer in layers)
        {
            switch (layer)
            {
                case ProductLayer product:
                    naming.Source = naming.Next(product.NamePrefix);
                    Add(naming.Source, LayerParts.Weights, product);
                    break;
                case Quantize:
                    Add(naming.TakeSource(naming.Next(Quantize.NamePrefix)), LayerParts.Activations | LayerParts.Errors, layer);
                    break;
                case BatchNorm norm: Add(naming.Next(norm.Prefix), LayerParts.Normalization, norm); break;
                case Residual residual:
                    var name = naming.Next(Residual.NamePrefix);
                    Walk(residual.Branch, naming);
                    Walk(residual.Shortcut, naming);
                    naming.Source = name;
                    break;
            }
        }
    }

    private void Walk(IEnumerable<LayerSpec> specs, LayerNaming naming, bool ofBlocks)
    {
        foreach (var spec in specs)
        {
            if (ofBlocks && spec is ProductSpec or ResidualSpec or ConcatSpec or AveragePoolSpec or GlobalAveragePoolSpec or DropoutSpec) End(naming);
            switch (spec)
            {
                case SchemeLayerSpec and not ConcatSpec:
                    var own = naming.Next(((SchemeLayerSpec)spec).Prefix);
                    if (spec is BatchNormSpec) Add(own, LayerParts.Normalization, null);
                    break;
                case QuantizeSpec when ofBlocks: End(naming); break;
                case ResidualSpec residual: WalkBranches(Residual.NamePrefix, [residual.Branch, residual.Shortcut], naming, ofBlocks); break;
                case ConcatSpec concat: WalkBranches(ConcatSpec.NamePrefix, concat.Branches, naming, ofBlocks); break;
                default: Walk([spec.ToLayer()], naming); break;
            }
        }
    }

    private void WalkBranches(string prefix, IEnumerable<SpecList<LayerSpec>> branches, LayerNaming naming, bool ofBlocks)
    {
        var name = naming.Next(prefix);
        foreach (var branch in branches)
        {
            Walk(branch, naming, ofBlocks);
            if (ofBlocks && prefix == Residual.NamePrefix) End(naming);
            if (ofBlocks) naming.Source = null;
        }

        naming.Source = name;
    }

    /// <summary>The block that is open ends: its activations and errors are its own.</summary>
    private void End(LayerNaming naming)
    {
        if (naming.Source is null) return;
        Add(naming.TakeSource(string.Empty), LayerParts.Activations | LayerParts.Errors, null);
    }

    private void Add(string name, LayerParts added, Layer? layer)
    {
        if (!parts.TryAdd(name, added)) parts[name] |= added;
        else names.Add(name);
        if (layer is not null) users.Add((name, layer));
    }
}
