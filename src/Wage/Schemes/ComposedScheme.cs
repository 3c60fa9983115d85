using Wage.Quantization;

namespace Wage.Schemes;

/// <summary>Another scheme with some of its pieces replaced: the way to try one new idea and keep the rest.</summary>
/// <param name="basis">What is not replaced: the other pieces, the scale, the storage and the initial weights.</param>
/// <param name="name">The name in tables and logs; checkpoints tell the scheme by it, so another idea takes another name.</param>
/// <param name="w">Q_W, or null for the basis's; it reads the basis's stored weights.</param>
/// <param name="a">Q_A, or null for the basis's.</param>
/// <param name="e">Q_E, or null for the basis's.</param>
/// <param name="update">The update rule, or null for the basis's.</param>
public sealed class ComposedScheme(
    Scheme basis, string name, IQuantizer? w = null, IQuantizer? a = null, IQuantizer? e = null, UpdateRule? update = null) : Scheme
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override IEnumerable<SchemeTrait> Traits => Settings is null ? basis.Traits.Append(new SchemeTrait("own pieces", name)) : base.Traits;

    /// <inheritdoc/>
    public override QuantizedRange StoredRange => basis.StoredRange;

    /// <inheritdoc/>
    public override IWeightInitializer Initializer => basis.Initializer;

    /// <inheritdoc/>
    public override IScaleRule Scale => basis.Scale;

    /// <inheritdoc/>
    public override IQuantizer W => w ?? basis.W;

    /// <inheritdoc/>
    public override IQuantizer A => a ?? basis.A;

    /// <inheritdoc/>
    public override IQuantizer E => e ?? basis.E;

    /// <inheritdoc/>
    public override UpdateRule Update => update ?? basis.Update;
}
