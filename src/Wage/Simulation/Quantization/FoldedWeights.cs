using System.Runtime.CompilerServices;
using Wage.Quantization;
using Wage.Simulation.Layers;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Quantization;

/// <summary>gamma w / sigma of each filter, sigma of the moving variance, and from the delay on the values of its codes.</summary>
/// <param name="build">Memory.</param>
/// <param name="product">w [F,KH,KW,C/G].</param>
/// <param name="norm">gamma and the variance.</param>
/// <param name="quantizer">The codes.</param>
/// <param name="delay">The first step with codes.</param>
internal sealed unsafe class FoldedWeights(FloatBuilder build, FloatConvolution product, FloatBatchNorm norm, WeightQuantizer quantizer, uint delay)
{
    private readonly FloatEngine engine = build.Engine;
    private readonly FloatTensor weights = product.Weights.Parameter.Value;
    private readonly FloatTensor folded = build.Allocate(MemoryKind.Scratch, product.Weights.Parameter.Value.Shape);
    private readonly FloatTensor values = build.Allocate(MemoryKind.Scratch, product.Weights.Parameter.Value.Shape);
    private readonly double[] factors = build.Doubles(new Shape(product.Geometry.Filters));
    private bool isOn;

    /// <summary>The codes.</summary>
    public WeightQuantizer Quantizer => quantizer;

    /// <summary>What the product reads.</summary>
    public FloatTensor Value => isOn ? values : folded;

    /// <summary>gamma w / sigma, without codes.</summary>
    public FloatTensor Folded => folded;

    /// <summary>sigma of each filter, sqrt(moving variance + epsilon), of the last <see cref="Use"/>.</summary>
    public double[] Roots { get; } = build.Doubles(new Shape(product.Geometry.Filters));

    /// <summary>Makes <see cref="Value"/>.</summary>
    public void Use(in StepContext s)
    {
        for (var c = 0; c < Roots.Length; c++) Roots[c] = Math.Sqrt(norm.Variance.Values.Span[c] + norm.Epsilon);
        engine.Run(Roots.Length, this, static (in self, filter, _) =>
        {
            var factor = (float)(self.Gamma(filter) / self.Roots[filter]);
            ReadOnlySpan<float> from = self.Row(self.weights, filter);
            var to = self.Row(self.folded, filter);
            for (var i = 0; i < to.Length; i++) to[i] = from[i] * factor;
        });
        isOn = s.Phase == Phase.Evaluation || s.Step >= delay;
        if (isOn) quantizer.Run(folded, values);
        if (s.Phase != Phase.Training) return;
        for (var c = 0; c < Roots.Length; c++) factors[c] = Gamma(c) / Roots[c];
        quantizer.Show(folded, Value, isOn, factors);
    }

    /// <summary>The gradient of <see cref="Value"/> as that of gamma w / sigma.</summary>
    public void Pass(FloatTensor gradient)
    {
        if (isOn) quantizer.Pass(folded, gradient);
    }

    /// <summary>From the gradient of gamma w / sigma: that of w, added to the parameter's, and that of gamma.</summary>
    /// <param name="gradient">Of gamma w / sigma.</param>
    /// <param name="gamma">What gamma gets besides.</param>
    public void Unfold(FloatTensor gradient, double[] gamma) => engine.Run(
        Roots.Length, (Self: this, gradient, gamma), static (in work, filter, _) => work.Self.Unfold(work.gradient, work.gamma, filter));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Unfold(FloatTensor gradient, double[] gamma, int filter)
    {
        ReadOnlySpan<float> from = Row(gradient, filter), w = Row(weights, filter);
        var to = Row(product.Weights.Parameter.Gradient, filter);
        var (factor, sum) = ((float)(Gamma(filter) / Roots[filter]), 0.0);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] = MathF.FusedMultiplyAdd(from[i], factor, to[i]);
            sum += (double)from[i] * w[i];
        }

        norm.Gamma.Gradient.Span[filter] = (float)(gamma[filter] + (sum / Roots[filter]));
    }

    private float Gamma(int filter) => norm.Gamma.Value.Span[filter];

    private Span<float> Row(FloatTensor tensor, int filter)
    {
        var terms = product.Geometry.FanIn;
        return tensor.Span.Slice(filter * terms, terms);
    }
}
