using Wage.Numbers;
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

    /// <summary>The type of the stored weights.</summary>
    public abstract ElementType Storage { get; }

    /// <summary>The grid of the stored weights and of their updates. Default: all that <see cref="Storage"/> holds, as fractions below 1.</summary>
    public virtual QuantizedRange StoredRange => QuantizedRange.Of(8 * Storage.Size());

    /// <summary>Stored weights to used weights.</summary>
    public abstract IWeightQuantizer W { get; }

    /// <summary>Accumulators to activations.</summary>
    public abstract IActivationQuantizer A { get; }

    /// <summary>Gradients to updates.</summary>
    public abstract IGradientQuantizer G { get; }

    /// <summary>Errors.</summary>
    public abstract IErrorQuantizer E { get; }

    /// <summary>Updates into stored weights.</summary>
    public abstract IUpdateRule Rule { get; }

    /// <summary>log2 of alpha, the layer's scale: accumulators have that many more fraction bits. Requires fanIn >= 1.</summary>
    public abstract int Log2Alpha(int fanIn);

    /// <summary>The initial stored weights of a layer with this fan-in: element i is a function of the key and i.</summary>
    /// <param name="fanIn">The terms of one output.</param>
    /// <param name="key">The random bits.</param>
    /// <param name="first">The index of the first element.</param>
    /// <param name="stored">The elements from there on.</param>
    public abstract void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored);
}
