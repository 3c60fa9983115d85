using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Export;

/// <summary>Small models of every operation, stage, rounding, type and packing, drawn by a seed; every bound is as wide as it must be.</summary>
internal sealed class RandomPlans
{
    private const int Steps = 7;
    private readonly Draw draw;
    private readonly PlanBuilder plan;
    private int number;

    private RandomPlans(int seed)
    {
        draw = new Draw((ulong)seed + 100);
        var image = new Shape(1, N(4, 9), N(4, 9), draw.Of(1, 2, 3, 4, 6));
        plan = new PlanBuilder(new SignalSpec(image, ElementType.Int8, 0, 128));
    }

    /// <summary>The model of a seed.</summary>
    public static ModelPlan Of(int seed) => new RandomPlans(seed).Make(seed);

    private ModelPlan Make(int seed)
    {
        for (var i = 0; i < Steps; i++)
        {
            var from = draw.Of(plan.Nodes.Count - 1, plan.Nodes.Count - 1, N(0, plan.Nodes.Count - 1));
            switch ((seed + (3 * i)) % 10)
            {
                case 0: Product(from); break;
                case 1: Stage(from); break;
                case 2: Add(new ReluOperation(), plan[from], [from]); break;
                case 3: Lookup(from); break;
                case 4: Sum(from); break;
                case 5: AffineSum(Codes(from)); break;
                case 6: Add(new ConcatOperation(), plan[from] with { Shape = Columns(plan[from].Shape, 2) }, [from, from]); break;
                case 7: Pool(from); break;
                case 8: Product(Codes(from)); break;
                default: Product(Codes(N(0, from))); break;
            }
        }

        var last = plan.Nodes.Count - 1;
        var flat = Add(new ReshapeOperation(), plan[last] with { Shape = new Shape(1, plan[last].Shape.Length) }, [last]);
        Dense(Codes(flat));
        return plan.ToPlan([.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))]);
    }

    private int N(long low, long high) => (int)draw.Between(low, high);

    private int Add(PlanOperation operation, in SignalSpec output, int[] inputs, params (string, Tensor)[] constants) =>
        plan.Add($"node{number++}", operation, output, inputs, constants);

    /// <summary>A node's values as codes of 8 bits.</summary>
    private int Codes(int from) => plan[from].Type == ElementType.Int8 ? from : Add(
        new StageOperation(FusedStage.Of(new ShiftStage(N(0, 9), 127, Rounding.HalfEven))), plan[from] with { Type = ElementType.Int8, Bound = 127 },
        [from]);

    private static Shape Columns(Shape shape, int times) => shape.Rank == 4
        ? new Shape(1, shape[1], shape[2], shape[3] * times) : new Shape(1, shape.Length * times);

    private void Product(int from)
    {
        from = Codes(from);
        if (plan[from].Shape is not { Rank: 4 } shape) return;
        var (height, width, channels) = (shape[1], shape[2], shape[3]);
        var groups = draw.Of(1, 1, channels, channels % 2 == 0 ? 2 : 1);
        var (high, wide) = (N(1, Math.Min(height, 4)), N(1, Math.Min(width, 4)));
        var around = new Padding(N(0, high - 1), N(0, wide - 1), N(0, high - 1), N(0, wide - 1)) { Value = draw.Of(0, -128, 9) };
        var g = new ConvGeometry(1, height, width, channels, groups * N(1, 4), high, wide, N(1, 2), around, groups);
        PoolGeometry? pool = draw.Of(true, false) && Math.Min(g.OutputHeight, g.OutputWidth) > 1
            ? new PoolGeometry(1, g.OutputHeight, g.OutputWidth, g.Filters, 2, N(1, 2), N(1, 2)) : null;
        Product(from, g, pool, pool?.OutputShape ?? g.OutputShape);
    }

    private void Dense(int from)
    {
        var g = ConvGeometry.Dense(1, plan[from].Shape.Length, N(2, 5));
        Product(from, g, null, new Shape(1, g.Filters));
    }

    private void Product(int from, ConvGeometry g, PoolGeometry? pool, Shape output)
    {
        var (bits, accumulator) = (draw.Of(1, 2, 4, 8), draw.Of(ElementType.Int32, ElementType.Int32, ElementType.Int64));
        var (low, high, shift) = (bits == 8 ? -127 : -(1 << (bits - 1)), bits == 8 ? 127 : (1 << (bits - 1)) - 1, bits == 8 ? 0 : N(0, 3));
        var weights = draw.Many((int)g.WeightLength, low, high).Select(w => (bits == 1 && w == 0 ? 1 : w) << shift);
        (string, Tensor)[] constants = [($"weights{number}", Tensor(ElementType.Int8, weights))];
        var bound = (Math.Max(plan[from].Bound, Math.Abs(g.Padding.Value)) * 128 * g.FanIn) + 1000;
        if (pool is null && draw.Of(true, false, false))
        {
            Add(new ProductOperation(g, accumulator), new SignalSpec(output, accumulator, 0, bound), [from], constants);
            return;
        }

        var (stage, spec, reads, more) = Stage(accumulator, bound, g.Filters);
        Add(new ProductOperation(g, accumulator, pool, stage, reads), spec with { Shape = output }, [from], [.. constants, .. more]);
    }

    private void Stage(int from)
    {
        var (input, columns) = (plan[from], plan[from].Shape[plan[from].Shape.Rank - 1]);
        var (stage, spec, reads, constants) = Stage(input.Type, input.Bound, input.Bound < 1 << 30 ? columns : 0);
        Add(new StageOperation(stage, reads), spec with { Shape = input.Shape }, [from], constants);
    }

    /// <summary>A stage, what comes out of it and what it reads.</summary>
    private (FusedStage Stage, SignalSpec Spec, StageReads Reads, (string, Tensor)[] Constants) Stage(ElementType type, long bound, int columns)
    {
        List<(string, Tensor)> constants = [];
        var reads = StageReads.None;
        if (columns > 0 && draw.Of(true, false)) Read(StageReads.Start, draw.Many(columns, -1000, 1000));
        if ((reads & StageReads.Start) != 0) bound += 1000;
        var rounding = draw.Of(Rounding.HalfEven, Rounding.HalfAway, Rounding.TowardZero, Rounding.PseudoStochastic);
        var dropped = draw.Of(N(0, 12), N(-8, 4), type == ElementType.Int64 ? N(20, 50) : 31);
        var (held, limit) = draw.Of((ElementType.Int8, 127), (ElementType.Int8, N(0, 99)), (ElementType.Int16, N(100, 32767)));
        switch (N(0, 4))
        {
            case 0 when type != ElementType.Int8: return Made(default(RawStage), type == ElementType.Int16 ? ElementType.Int32 : type, bound);
            case 1 when type != ElementType.Int8: return Made(default(ReluStage), type == ElementType.Int16 ? ElementType.Int32 : type, bound);
            case 2: return Made(new ShiftStage(dropped, limit, rounding), held, limit);
            case 3: return Made(new ActivationStage(dropped, limit, rounding, long.MaxValue), held, limit);
        }

        var (scale, zero, double0) = (new QuantizedMultiplier(N(1 << 30, int.MaxValue), N(-12, 0)), N(-128, 127), draw.Of(true, false));
        if (columns > 0 && draw.Of(true, false))
        {
            Read(StageReads.Multipliers, draw.Many(columns, 1 << 30, int.MaxValue));
            Read(StageReads.Shifts, draw.Many(columns, -14, 0));
        }
        else if (draw.Of(true, false)) scale = new(N(0, int.MaxValue), draw.Of(-31, 3, 30));
        var (low, high) = (N(-128, zero), N(zero, 127));
        return Made(new AffineStage(scale, zero, low, high, double0 ? MultiplierRounding.Double : MultiplierRounding.Single), ElementType.Int8, 128);

        void Read(StageReads one, long[] values)
        {
            reads |= one;
            constants.Add(($"{one}{number}", Tensor(ElementType.Int32, values)));
        }

        (FusedStage, SignalSpec, StageReads, (string, Tensor)[]) Made<S>(S stage, ElementType output, long reach)
            where S : unmanaged, IOutputStage => (FusedStage.Of(stage), new SignalSpec(default, output, 0, reach), reads, [.. constants]);
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
        var (x, y) = (N(0, 5), N(0, 3));
        var bound = ((Int128)plan[from].Bound << x) + ((Int128)plan[from].Bound << y);
        if (bound > 1L << 60) return;
        var positive = Add(new ReluOperation(), plan[from], [from]);
        var type = bound <= short.MaxValue ? ElementType.Int16 : bound <= int.MaxValue ? ElementType.Int32 : ElementType.Int64;
        Add(new SumOperation(x, y), plan[from] with { Type = type, Bound = (long)bound }, [positive, from]);
    }

    private void AffineSum(int from)
    {
        QuantizedMultiplier Scale(int shift) => new(N(1 << 30, int.MaxValue), shift);
        var rounding = draw.Of(MultiplierRounding.Double, MultiplierRounding.Single);
        var function = new AffineSum(new(Scale(-1), N(-128, 127)), new(Scale(N(-4, 0)), N(-9, 9)), Scale(N(-20, -17)), N(-3, 3), -100, 120, rounding);
        var other = Add(new ReluOperation(), plan[from], [from]);
        Add(new AffineSumOperation(function), plan[from] with { Bound = 128 }, draw.Of(true, false) ? [from, other] : [other, from]);
    }

    private void Pool(int from)
    {
        if (plan[from].Shape is not { Rank: 4 } shape) return;
        var g = new PoolGeometry(1, shape[1], shape[2], shape[3], N(1, Math.Min(3, shape[1])), N(1, shape[2]), N(1, 2));
        PlanOperation operation = draw.Of(true, false)
            ? new MaxPoolOperation(g) : new AveragePoolOperation(g, draw.Of(Rounding.HalfEven, Rounding.HalfAway));
        Add(operation, plan[from] with { Shape = g.OutputShape }, [from]);
    }

    private static HostTensor Tensor(ElementType type, IEnumerable<long> values)
    {
        long[] all = [.. values];
        var tensor = HostTensor.Create(type, new Shape(all.Length));
        for (var i = 0; i < all.Length; i++) tensor[i] = all[i];
        return tensor;
    }
}
