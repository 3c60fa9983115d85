using Wage.Quantization;
using Wage.Schemes;

namespace Wage.Experiments.Recipes;

/// <summary>The bits of weights in use, activations, stored weights and errors, as any scheme's ranges tell them.</summary>
internal readonly record struct SchemeBits(int W, int A, int G, int E)
{
    /// <summary>float32 in every place.</summary>
    public static SchemeBits Unquantized { get; } = new(32, 32, 32, 32);

    /// <summary>The bits of a scheme; of one whose units follow the tensors those of its blocks, not those of the image and of the loss.</summary>
    public static SchemeBits Of(Scheme scheme) => new(
        Bits(scheme.W.Range), scheme.Units?.ActivationBits ?? Bits(scheme.A.Range), Bits(scheme.StoredRange),
        scheme.Units?.ErrorBits ?? Bits(scheme.E.Range));

    /// <summary>"2-8-8-8", or "float32".</summary>
    public override string ToString() => this == Unquantized ? "float32" : $"{W}-{A}-{G}-{E}";

    private static int Bits(QuantizedRange range) => 1 + (32 - System.Numerics.BitOperations.LeadingZeroCount((uint)range.Limit));
}
