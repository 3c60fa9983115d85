using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Schemes;

/// <summary>Another scheme with some of its pieces replaced: the way to try one new idea and keep the rest.</summary>
/// <param name="basis">What is not replaced: the other pieces, alpha, the storage and the initial weights.</param>
/// <param name="name">The name in tables and logs.</param>
/// <param name="w">Q_W, or null for the basis's; it reads the basis's stored weights.</param>
/// <param name="a">Q_A, or null for the basis's.</param>
/// <param name="g">Q_G, or null for the basis's.</param>
/// <param name="e">Q_E, or null for the basis's.</param>
/// <param name="rule">The update rule, or null for the basis's.</param>
public sealed class ComposedScheme(
    Scheme basis, string name, IWeightQuantizer? w = null, IActivationQuantizer? a = null, IGradientQuantizer? g = null, IErrorQuantizer? e = null,
    IUpdateRule? rule = null) : Scheme
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override ElementType Storage => basis.Storage;

    /// <inheritdoc/>
    public override IWeightQuantizer W => w ?? basis.W;

    /// <inheritdoc/>
    public override IActivationQuantizer A => a ?? basis.A;

    /// <inheritdoc/>
    public override IGradientQuantizer G => g ?? basis.G;

    /// <inheritdoc/>
    public override IErrorQuantizer E => e ?? basis.E;

    /// <inheritdoc/>
    public override IUpdateRule Rule => rule ?? basis.Rule;

    /// <inheritdoc/>
    public override int Log2Alpha(int fanIn) => basis.Log2Alpha(fanIn);

    /// <inheritdoc/>
    public override void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored) =>
        basis.Initialize(fanIn, key, first, stored);
}
