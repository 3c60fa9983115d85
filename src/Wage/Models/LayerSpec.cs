using Wage.Layers;
using Wage.Numbers;

namespace Wage.Models;

/// <summary>A layer as data: what <see cref="Layer.Spec"/> gives and a new layer is made from. One's own layers may bring their own.</summary>
public abstract record LayerSpec
{
    /// <summary>A new layer.</summary>
    public abstract Layer ToLayer();
}

/// <summary>A layer with weights.</summary>
/// <param name="Bias">See <see cref="ProductLayer.Bias"/>.</param>
public abstract record ProductSpec(bool Bias) : LayerSpec;

/// <summary>See <see cref="Conv2d"/>.</summary>
public sealed record ConvSpec(int Filters, (int Height, int Width) Kernel, ConvPadding Padding, int Stride = 1, int Groups = 1, bool Bias = false)
    : ProductSpec(Bias)
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Conv2d(Filters, Kernel, Stride, Padding, Groups) { Bias = Bias };
}

/// <summary>See <see cref="DepthwiseConv2d"/>.</summary>
public sealed record DepthwiseSpec(int Multiplier, (int Height, int Width) Kernel, ConvPadding Padding, int Stride = 1, bool Bias = false)
    : ProductSpec(Bias)
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new DepthwiseConv2d(Multiplier, Kernel, Stride, Padding) { Bias = Bias };
}

/// <summary>See <see cref="Dense"/>.</summary>
public sealed record DenseSpec(int Outputs, bool Bias = false) : ProductSpec(Bias)
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Dense(Outputs) { Bias = Bias };
}

/// <summary>See <see cref="MaxPool2d"/>.</summary>
public sealed record MaxPoolSpec(int Window, int Stride) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new MaxPool2d(Window, Stride);
}

/// <summary>See <see cref="AveragePool2d"/>.</summary>
public sealed record AveragePoolSpec(int Window, int Stride, Rounding Rounding = Rounding.HalfEven) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new AveragePool2d(Window, Stride, Rounding);
}

/// <summary>See <see cref="GlobalAveragePool"/>.</summary>
public sealed record GlobalAveragePoolSpec(Rounding Rounding = Rounding.HalfEven) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new GlobalAveragePool(Rounding);
}

/// <summary>See <see cref="Relu"/>.</summary>
public sealed record ReluSpec : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Relu();
}

/// <summary>See <see cref="Quantize"/>.</summary>
public sealed record QuantizeSpec : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Quantize();
}

/// <summary>See <see cref="Flatten"/>.</summary>
public sealed record FlattenSpec : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Flatten();
}

/// <summary>See <see cref="Residual"/>.</summary>
public sealed record ResidualSpec(SpecList<LayerSpec> Branch, SpecList<LayerSpec> Shortcut) : LayerSpec
{
    /// <inheritdoc/>
    public override Layer ToLayer() => new Residual([.. Branch.Select(layer => layer.ToLayer())], [.. Shortcut.Select(layer => layer.ToLayer())]);
}
