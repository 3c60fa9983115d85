using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Tests.Models;

/// <summary>Products that an export may take for others: groups where an image has one pixel, no stage where a code is around the image.</summary>
internal static class AwkwardPlans
{
    /// <summary>One pixel of four channels, two groups of two: looks like a dense layer, and is none.</summary>
    public static ModelPlan GroupsOfOnePixel(bool isPacked) =>
        Of(new ConvGeometry(1, 1, 1, 4, 6, 1, 1, 1, Padding.None, 2), isPacked ? w => (sbyte)((w % 3) - 1) : w => (sbyte)((w * 37 % 255) - 127));

    /// <summary>Accumulators that are the output, with -7 around the image.</summary>
    public static ModelPlan SumsWithACodeAround() =>
        Of(new ConvGeometry(1, 2, 2, 1, 3, 3, 3, 1, new Padding(1, 1, 1, 1) { Value = -7 }), w => (sbyte)((w * 11 % 31) - 15));

    private static ModelPlan Of(ConvGeometry g, Func<int, sbyte> weight)
    {
        var plan = new PlanBuilder(new SignalSpec(new Shape(1, g.Height, g.Width, g.Channels), ElementType.Int8, 0, 128));
        var weights = new HostTensor<sbyte>(new Shape((int)g.WeightLength));
        for (var i = 0; i < weights.Length; i++) weights.Span[i] = weight(i);
        var sums = new SignalSpec(new Shape(1, g.OutputHeight, g.OutputWidth, g.Filters), ElementType.Int32, 0, 128L * 127 * g.FanIn);
        plan.Add("product", new ProductOperation(g, ElementType.Int32), sums, [0], ("w", weights));
        plan.Add("flat", new ReshapeOperation(), sums with { Shape = new Shape(1, (int)g.OutputLength) }, [1]);
        return plan.ToPlan([.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))]);
    }
}
