using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Export;

/// <summary>Each operation with drawn numbers.</summary>
internal sealed partial class RandomPlans
{
    private void Product(int from, Ends? end = null, bool isPooled = true)
    {
        from = Codes(from);
        if (plan[from].Shape is not { Rank: 4 } shape) return;
        var (height, width, channels) = (shape[1], shape[2], shape[3]);
        var groups = draw.Of(1, 1, channels, channels % 2 == 0 ? 2 : 1);
        var (high, wide) = (N(1, Math.Min(height, 4)), N(1, Math.Min(width, 4)));
        var value = isExtreme ? draw.Of(0, 0, N(-128, 127), -128, 127) : draw.Of(0, -128, 9);
        var around = new Padding(N(0, high - 1), N(0, wide - 1), N(0, high - 1), N(0, wide - 1)) { Value = value };
        var g = new ConvGeometry(1, height, width, channels, groups * N(1, 4), high, wide, N(1, 2), around, groups);
        PoolGeometry? pool = isPooled && draw.Of(true, false) && Math.Min(g.OutputHeight, g.OutputWidth) > 1
            ? new PoolGeometry(1, g.OutputHeight, g.OutputWidth, g.Filters, 2, N(1, 2), N(1, 2)) : null;
        Product(from, g, pool, pool?.OutputShape ?? g.OutputShape, end);
    }

    private void Dense(int from, Ends? end)
    {
        var g = ConvGeometry.Dense(1, plan[from].Shape.Length, N(2, 5));
        Product(from, g, null, new Shape(1, g.Filters), end);
    }

    private void Product(int from, ConvGeometry g, PoolGeometry? pool, Shape output, Ends? end)
    {
        var (bits, accumulator) = (draw.Of(1, 2, 4, 8), draw.Of(ElementType.Int32, ElementType.Int32, ElementType.Int64));
        if (isExtreme) accumulator = ElementType.Int32;
        var (low, high, shift) = (bits == 8 ? -127 : -(1 << (bits - 1)), bits == 8 ? 127 : (1 << (bits - 1)) - 1, bits == 8 ? 0 : N(0, 3));
        var length = (int)g.WeightLength;
        var drawn = isExtreme && bits == 8 ? draw.Adversarial(length, 127) : draw.Many(length, low, high);
        var weights = drawn.Select(w => (bits == 1 && w == 0 ? 1 : w) << shift);
        (string, Tensor)[] constants = [($"weights{number}", Tensor(ElementType.Int8, weights))];
        var bound = (Math.Max(plan[from].Bound, Math.Abs(g.Padding.Value)) * 128 * g.FanIn) + (isExtreme ? 0 : 1000);
        var isAlone = draw.Of(true, false, false);
        if (pool is null && (end == Ends.Raw || end is null) && isAlone)
        {
            Add(new ProductOperation(g, accumulator), new SignalSpec(output, accumulator, 0, bound), [from], constants);
            return;
        }

        var (stage, spec, reads, more) = Stage(accumulator, bound, g.Filters, end);
        Add(new ProductOperation(g, accumulator, pool, stage, reads), spec with { Shape = output }, [from], [.. constants, .. more]);
    }

    private void Stage(int from, Ends? end)
    {
        var (input, columns) = (plan[from], plan[from].Shape[plan[from].Shape.Rank - 1]);
        var (stage, spec, reads, constants) = Stage(input.Type, input.Bound, input.Bound < 1 << 30 ? columns : 0, end);
        Add(new StageOperation(stage, reads), spec with { Shape = input.Shape }, [from], constants);
    }

    /// <summary>A stage, what comes out of it and what it reads.</summary>
    private (FusedStage Stage, SignalSpec Spec, StageReads Reads, (string, Tensor)[] Constants) Stage(
        ElementType type, long bound, int columns, Ends? end)
    {
        List<(string, Tensor)> constants = [];
        var reads = StageReads.None;
        if (columns > 0 && (end == Ends.Columns || draw.Of(true, false)))
        {
            var isWide = end is Ends.Wide or Ends.Raw or Ends.Relu;
            var most = !isExtreme ? 1000 : draw.Of(500, 100_000, 1 << 20, isWide ? 1 << 20 : int.MaxValue - bound);
            Read(StageReads.Start, isExtreme ? draw.Adversarial(columns, most) : draw.Many(columns, -most, most));
            bound += most;
        }

        var rounding = draw.Of(Rounding.HalfEven, Rounding.HalfAway, Rounding.TowardZero, Rounding.PseudoStochastic);
        var dropped = draw.Of(N(0, 12), N(-8, 4), isExtreme ? N(-62, 62) : type == ElementType.Int64 ? N(20, 50) : 31);
        var (held, limit) = draw.Of((ElementType.Int8, 127), (ElementType.Int8, N(0, 99)), (ElementType.Int16, N(100, 32767)));
        end ??= draw.Of(Ends.Raw, Ends.Relu, Ends.Shift, Ends.Activation, Ends.Affine);
        if (type == ElementType.Int8 && end is Ends.Raw or Ends.Relu) end = Ends.Affine;
        switch (end)
        {
            case Ends.Raw: return Made(default(RawStage), type == ElementType.Int16 ? ElementType.Int32 : type, bound);
            case Ends.Relu: return Made(default(ReluStage), type == ElementType.Int16 ? ElementType.Int32 : type, bound);
            case Ends.Shift: return Made(new ShiftStage(dropped, limit, rounding), held, limit);
            case Ends.Activation: return Made(new ActivationStage(dropped, limit, rounding, long.MaxValue), held, limit);
        }

        var (scale, zero, double0) = (Scale(-12, isExtreme ? 2 : 0), N(-128, 127), draw.Of(true, false));
        var multiplied = double0 ? MultiplierRounding.Double : MultiplierRounding.Single;
        if (end == Ends.Wide)
            return Made(new AffineStage(Scale(-8, 3), 0, int.MinValue, int.MaxValue, multiplied), ElementType.Int32, int.MaxValue);
        if (columns > 0 && (end == Ends.Columns || draw.Of(true, false)))
        {
            QuantizedMultiplier[] scales = [.. Enumerable.Range(0, columns).Select(_ => isExtreme && N(0, 3) == 0 ? Scale(-31, 30) : Scale(-14, 0))];
            Read(StageReads.Multipliers, [.. scales.Select(one => (long)one.Multiplier)]);
            Read(StageReads.Shifts, [.. scales.Select(one => (long)one.Shift)]);
        }
        else if (draw.Of(true, false)) scale = new(N(0, int.MaxValue), draw.Of(-31, 3, 30));
        var (low, high) = isExtreme ? (draw.Of(-128, N(-128, 0)), draw.Of(127, N(1, 127))) : (N(-128, zero), N(zero, 127));
        return Made(new AffineStage(scale, zero, low, high, multiplied), ElementType.Int8, 128);

        void Read(StageReads one, long[] values)
        {
            reads |= one;
            constants.Add(($"{one}{number}", Tensor(ElementType.Int32, values)));
        }

        (FusedStage, SignalSpec, StageReads, (string, Tensor)[]) Made<S>(S stage, ElementType output, long reach)
            where S : unmanaged, IOutputStage => (FusedStage.Of(stage), new SignalSpec(default, output, 0, reach), reads, [.. constants]);
    }

    private QuantizedMultiplier Scale(int least, int most)
    {
        var drawn = N(1 << 30, int.MaxValue);
        return new(isExtreme ? draw.Of(1 << 30, int.MaxValue, drawn, drawn) : drawn, N(least, most));
    }

    private void Lookup(int from)
    {
        var type = draw.Of(ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64);
        var values = draw.Many(N(1, 300), -Draw.Limit(type), Draw.Limit(type));
        var bound = values.Max(Math.Abs);
        Add(new LookupOperation(N(-200, 50)), plan[from] with { Type = type, Bound = bound }, [from], ($"table{number}", Tensor(type, values)));
    }

    private void Sum(int from)
    {
        var (x, y) = (N(0, isExtreme ? 9 : 5), N(0, isExtreme ? 9 : 3));
        var bound = ((Int128)plan[from].Bound << x) + ((Int128)plan[from].Bound << y);
        if (bound > 1L << 60) return;
        var positive = Relu(from);
        var type = bound <= short.MaxValue ? ElementType.Int16 : bound <= int.MaxValue ? ElementType.Int32 : ElementType.Int64;
        Add(new SumOperation(x, y), plan[from] with { Type = type, Bound = (long)bound }, [positive, from]);
    }

    private void AffineSum(int from)
    {
        var rounding = draw.Of(MultiplierRounding.Double, MultiplierRounding.Single);
        var (x, y) = (N(-128, 127), isExtreme ? N(-128, 127) : N(-9, 9));
        var (zero, low, high) = isExtreme ? (N(-128, 127), N(-128, 0), draw.Of(127, N(1, 127))) : (N(-3, 3), -100, 120);
        var scale = Scale(-20, isExtreme ? -16 : -17);
        var sum = new AffineSum(new(Scale(isExtreme ? -6 : -1, -1), x), new(Scale(-4, 0), y), scale, zero, low, high, rounding);
        var other = Relu(from);
        Add(new AffineSumOperation(sum), plan[from] with { Bound = 128 }, draw.Of(true, false) ? [from, other] : [other, from]);
    }

    private void Pool(int from, bool isMean)
    {
        if (plan[from].Shape is not { Rank: 4 } shape) return;
        var isWhole = isExtreme && draw.Of(0, 0, 1) == 1;
        var (high, wide) = isWhole ? (shape[1], shape[2]) : (N(1, Math.Min(3, shape[1])), N(1, shape[2]));
        var g = new PoolGeometry(1, shape[1], shape[2], shape[3], high, wide, N(1, isExtreme ? 3 : 2));
        PlanOperation operation = isMean ? new AveragePoolOperation(g, draw.Of(Rounding.HalfEven, Rounding.HalfAway)) : new MaxPoolOperation(g);
        Add(operation, plan[from] with { Shape = g.OutputShape }, [from]);
    }
}
