using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Schemes;

/// <summary>
/// What W, A, G, E and the update rule are. Layers and the trainer ask their scheme and never
/// test which one it is; a new scheme, or one changed piece of an old one, is a class here.
/// </summary>
public abstract class Scheme
{
    /// <summary>"wage 2-8-8-8": for tables and logs.</summary>
    public abstract string Name { get; }

    /// <summary>The values that its <see cref="SchemeKind"/> made it from; null for a scheme of somebody's own, which its name tells.</summary>
    public SchemeSettings? Settings { get; internal set; }

    /// <summary>"wage": what recipes call it; of a scheme of somebody's own its name.</summary>
    internal string KindName => Settings?.Kind.Name ?? Name;

    /// <summary>What tells it from other schemes: checkpoints keep it, and a network of another is not given their weights.</summary>
    public virtual IEnumerable<SchemeTrait> Traits => Settings is { } settings
        ? [new SchemeTrait("scheme", settings.Kind.Name), .. settings.Traits()] : [new SchemeTrait("scheme", Name)];

    /// <summary>The grid of the stored weights and of their updates.</summary>
    public abstract QuantizedRange StoredRange { get; }

    /// <summary>The type of the stored weights.</summary>
    public ElementType Storage => StoredRange.Type;

    /// <summary>The first stored weights of a layer.</summary>
    public abstract IWeightInitializer Initializer { get; }

    /// <summary>The scale of a layer's products. Default: none.</summary>
    public virtual IScaleRule Scale => NoScale.Instance;

    /// <summary>Q_W: stored weights to used weights.</summary>
    public abstract IQuantizer W { get; }

    /// <summary>Q_A: accumulators to activations.</summary>
    public abstract IQuantizer A { get; }

    /// <summary>Q_E: errors, whose unit is known only at run time: the fraction bits of its range are 0.</summary>
    public abstract IQuantizer E { get; }

    /// <summary>Gradients into stored weights.</summary>
    public abstract UpdateRule Update { get; }

    /// <summary>What a scheme whose tensors have units that follow them says of these; null: their units are known before.</summary>
    internal virtual UnitOptions? Units => null;

    /// <summary>The first stored weights of the layer that gives the scores.</summary>
    internal virtual IWeightInitializer ScoresInitializer => Initializer;

    /// <summary>The layers as they are built: several in one piece, where the scheme can or must do so.</summary>
    /// <param name="layers">As given.</param>
    /// <param name="fuses">Whether that is wanted where it need not be.</param>
    internal virtual Layer[] Arrange(IReadOnlyList<Layer> layers, bool fuses) => fuses ? Block.Fuse(layers, this) : [.. layers];
}

/// <summary>Something that tells two schemes apart.</summary>
/// <param name="Name">"scheme", "scheme.kW".</param>
/// <param name="Value">"wage", "2".</param>
/// <param name="Default">The value of a scheme that says nothing of it, so that an option can be added later; null: each says it.</param>
/// <param name="Parts">What of a layer it acts on; None: on all.</param>
/// <param name="Spelled">The same value spelled out, as a file may have it; null: it has one spelling.</param>
public readonly record struct SchemeTrait(
    string Name, string Value, string? Default = null, LayerParts Parts = LayerParts.None, string? Spelled = null);
