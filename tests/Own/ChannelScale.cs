using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Own;

/// <summary>A weight for each channel: y[n,h,w,c] = w[c] x[n,h,w,c], a depthwise product with a kernel of one pixel.</summary>
public sealed class ChannelScale : Layer
{
    private Tensor? input, sums, delta;
    private IBackend? backend;
    private Parameter? weights;
    private ConvGeometry g;
    private SignalSpec output;
    private int added;

    public override SignalSpec Build(BuildContext context, SignalSpec input)
    {
        var (s, scheme) = (input.Shape, Scheme ?? context.Scheme);
        (backend, Name, g) = (context.Backend, context.NextName("scale"), new(s[0], s[1], s[2], s[3], s[3], 1, 1, 1, Padding.None, Groups: s[3]));
        weights = context.AddParameter(scheme, Name, g.WeightShape, g.FanIn);
        added = scheme.W.Range.FractionBits + weights.Log2Alpha;
        context.Source = context.AddRow(Name, "scale of each channel", s).Name;
        sums = context.AllocateOutput(ElementType.Int32, s);
        return output = new SignalSpec(s, ElementType.Int32, input.FractionBits + added, input.Bound * scheme.W.Range.Limit);
    }

    public override SignalSpec BuildBackward(BuildContext context, SignalSpec error, bool needsError)
    {
        delta = context.Allocate(MemoryKind.Errors, ElementType.Int32, g.InputShape);
        var gradient = new AccumulatorBound(context.Slice.OfBatch(g.Positions), sbyte.MaxValue, error.Bound);
        weights!.AllocateGradient(gradient.Choose($"{Name} gradient", context.Accumulator), (long)gradient.Value);
        return new SignalSpec(g.InputShape, ElementType.Int32, error.FractionBits + added, error.Bound * weights.Scheme.W.Range.Limit);
    }

    public override Signal Forward(Signal x, in StepContext s)
    {
        backend!.Convolve(input = x.Values, weights!.Value, g, sums!);
        return new Signal(sums!, x.FractionBits + added);
    }

    public override Signal Backward(Signal e, in StepContext s)
    {
        backend!.ConvolveGradient(input!, e.Values, g, weights!.Gradient);
        backend.ConvolveError(e.Values, weights.Value, g, delta!);
        return new Signal(delta!, e.FractionBits + added, e.Exponent);
    }

    public override int Emit(PlanBuilder plan, int input) =>
        plan.Add(Name, new ProductOperation(g with { Batch = 1 }, output.Type), output, [input], (Name, weights!.Value));
}
