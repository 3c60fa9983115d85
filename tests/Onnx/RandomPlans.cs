using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Onnx;

/// <summary>Small plans of random operations with random numbers, ends of ranges and ties among them.</summary>
internal sealed class RandomPlans
{
    public static readonly string[] Kinds =
    [
        "raw", "relu stage", "shift", "activation", "affine", "affine columns", "wide scores", "dense shift", "dense affine", "pools", "means", "sum",
        "affine sum", "concat", "lookup", "stages alone", "rows",
    ];

    private static readonly FusedStage Raw = FusedStage.Of(default(RawStage));
    private readonly Draw draw;
    private readonly PlanBuilder plan;
    private readonly List<string> parts = [];
    private int last, named;

    private RandomPlans(ulong seed)
    {
        draw = new Draw(seed);
        var (height, width, channels) = ((int)draw.Between(1, 6), (int)draw.Between(1, 6), (int)draw.Of(1, 1, 2, 3, 4, 6));
        plan = new PlanBuilder(new SignalSpec(new Shape(1, height, width, channels), ElementType.Int8, 0, 128));
    }

    /// <summary>A plan of this kind and what is in it.</summary>
    public static (ModelPlan Plan, string Parts) Of(string kind, ulong seed)
    {
        var random = new RandomPlans((seed * 1000) + (ulong)Array.IndexOf(Kinds, kind));
        random.Build(kind);
        random.Flatten();
        var shift = random.draw.Of(0, 0, 1);
        sbyte[] pixels = shift == 0
            ? [.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))] : [.. random.draw.Many(256, -128, 127).Select(v => (sbyte)v)];
        return (random.plan.ToPlan(pixels), string.Join(", ", random.parts));
    }

    private SignalSpec Last => plan[last];

    private void Build(string kind)
    {
        const StageReads Columns = StageReads.Start | StageReads.Multipliers | StageReads.Shifts;
        switch (kind)
        {
            case "raw": Convolve(Raw, draw.Of(StageReads.None, StageReads.Start), ElementType.Int32); break;
            case "relu stage": Convolve(FusedStage.Of(default(ReluStage)), draw.Of(StageReads.None, StageReads.Start), ElementType.Int32); break;
            case "shift": Convolve(Shift(), draw.Of(StageReads.None, StageReads.Start), draw.Of(ElementType.Int8, ElementType.Int16)); break;
            case "activation": Convolve(Activation(), draw.Of(StageReads.None, StageReads.Start), ElementType.Int8); break;
            case "affine": Convolve(Affine(), draw.Of(StageReads.None, StageReads.Start), ElementType.Int8); break;
            case "affine columns":
                Convolve(Affine(), Columns, ElementType.Int8);
                Convolve(Affine(), Columns, ElementType.Int8);
                break;
            case "wide scores":
                var wide = new AffineStage(Scale(-8, 3), 0, int.MinValue, int.MaxValue, Multiplied());
                Dense(FusedStage.Of(wide), draw.Of(StageReads.None, StageReads.Start), ElementType.Int32);
                break;
            case "dense shift":
                Dense(draw.Of(0, 1) == 0 ? Shift() : Activation(), draw.Of(StageReads.None, StageReads.Start), ElementType.Int8);
                break;
            case "dense affine":
                Dense(Affine(), Columns, ElementType.Int8);
                Dense(Raw, StageReads.Start, ElementType.Int32);
                break;
            case "pools":
                if (draw.Of(0, 1) == 0) Convolve(Raw, StageReads.None, ElementType.Int32, pooled: false);
                Pool(mean: false);
                Relu();
                break;
            case "means":
                if (draw.Of(0, 1) == 0) Convolve(Raw, StageReads.None, ElementType.Int32, pooled: false);
                Pool(mean: true);
                break;
            case "sum":
                var (x, y) = ((int)draw.Between(0, 9), (int)draw.Between(0, 9));
                var second = last;
                Relu();
                Add("sum", new SumOperation(x, y), Last with { Type = ElementType.Int32, Bound = (Last.Bound << x) + (128L << y) }, [last, second]);
                Alone(Shift(), StageReads.None, ElementType.Int8);
                break;
            case "affine sum": AffineSum(); break;
            case "concat": Concat(); break;
            case "lookup":
                Convolve(Shift(), StageReads.None, ElementType.Int8);
                Lookup();
                break;
            case "stages alone":
                Alone(Affine(), draw.Of(StageReads.None, Columns), ElementType.Int8);
                Alone(draw.Of(0, 1) == 0 ? Shift() : Activation(), StageReads.None, ElementType.Int8);
                break;
            default:
                Flatten();
                Alone(Affine(), Columns, ElementType.Int8);
                var first = last;
                Relu();
                var rows = Last;
                var three = new Shape(1, 2, rows.Shape.Length);
                Add("concat", new ConcatOperation(), rows with { Shape = new Shape(1, 2 * rows.Shape.Length) }, [first, last]);
                Add("reshape", new ReshapeOperation(), Last with { Shape = three }, [last]);
                Alone(Affine(), Columns, ElementType.Int8);
                Add("concat", new ConcatOperation(), Last with { Shape = new Shape(1, 2, 2 * rows.Shape.Length) }, [last, last]);
                break;
        }
    }

    private FusedStage Shift() => FusedStage.Of(new ShiftStage(Dropped(), Limit(), Ties()));

    private FusedStage Activation() => FusedStage.Of(new ActivationStage(Dropped(), Limit(), Ties(), long.MaxValue));

    private int Dropped() => (int)draw.Of(draw.Between(1, 9), draw.Between(1, 9), 0, draw.Between(-4, 62), -62, 62);

    private int Limit() => (int)draw.Of(127, 127, 7, 1, draw.Between(1, 127));

    private Rounding Ties() => draw.Of(Rounding.HalfEven, Rounding.HalfEven, Rounding.HalfAway, Rounding.TowardZero, Rounding.PseudoStochastic);

    private MultiplierRounding Multiplied() => draw.Of(MultiplierRounding.Single, MultiplierRounding.Double);

    private FusedStage Affine()
    {
        var (low, z) = ((int)draw.Of(-128, draw.Between(-128, 0)), (int)draw.Between(-128, 127));
        return FusedStage.Of(new AffineStage(Scale(-12, 2), z, low, (int)draw.Of(127, draw.Between(1, 127)), Multiplied()));
    }

    private QuantizedMultiplier Scale(int least, int most) => new(
        (int)draw.Of(1 << 30, int.MaxValue, draw.Between(1 << 30, int.MaxValue), draw.Between(1 << 30, int.MaxValue)),
        (int)draw.Between(least, most));

    private void Convolve(FusedStage stage, StageReads reads, ElementType output, bool pooled = true)
    {
        var (height, width, channels) = (Last.Shape[1], Last.Shape[2], Last.Shape[3]);
        int[] divisors = [.. Enumerable.Range(1, channels).Where(d => channels % d == 0)];
        var groups = draw.Of(1, channels, draw.Of<int>(divisors));
        var filters = groups * (int)draw.Between(1, 3);
        var (kh, kw) = ((int)draw.Between(1, Math.Min(3, height + 1)), (int)draw.Between(1, Math.Min(3, width + 1)));
        var (most, pads) = (draw.Of(0, 1), new int[4]);
        for (var i = 0; i < 4; i++) pads[i] = (int)draw.Between(0, most * ((i % 2 == 0 ? kh : kw) - 1));
        (kh, kw) = (Math.Min(kh, height + pads[0] + pads[2]), Math.Min(kw, width + pads[1] + pads[3]));
        pads = [Math.Min(pads[0], kh - 1), Math.Min(pads[1], kw - 1), Math.Min(pads[2], kh - 1), Math.Min(pads[3], kw - 1)];
        if (kh > height + pads[0] + pads[2] || kw > width + pads[1] + pads[3]) ((kh, kw), pads) = ((1, 1), [0, 0, 0, 0]);
        var padding = new Padding(pads[0], pads[1], pads[2], pads[3]) { Value = (int)draw.Of(0, 0, draw.Between(-128, 127), -128, 127) };
        var g = new ConvGeometry(1, height, width, channels, filters, kh, kw, (int)draw.Between(1, 2), padding, groups);
        PoolGeometry? pool = null;
        if (pooled && draw.Of(0, 1) == 0)
        {
            var windows = new PoolGeometry(1, g.OutputHeight, g.OutputWidth, filters, 1, 1, (int)draw.Between(1, 2));
            var (rows, columns) = (draw.Between(1, Math.Min(3, g.OutputHeight)), draw.Between(1, Math.Min(3, g.OutputWidth)));
            pool = windows with { WindowHeight = (int)rows, WindowWidth = (int)columns };
        }

        Product(g, pool, stage, reads, output, pool?.OutputShape ?? g.OutputShape);
    }

    private void Dense(FusedStage stage, StageReads reads, ElementType output)
    {
        if (draw.Of(0, 1) == 0) Flatten();
        var g = ConvGeometry.Dense(1, Last.Shape.Length, (int)draw.Between(2, 5));
        Product(g, null, stage, reads, output, new Shape(1, g.Filters));
    }

    private void Product(in ConvGeometry g, PoolGeometry? pool, FusedStage stage, StageReads reads, ElementType output, Shape shape)
    {
        var weights = draw.Of(0, 1) == 0 ? draw.Adversarial((int)g.WeightLength, 127) : [.. draw.Many((int)g.WeightLength, -1, 1)];
        var reach = g.FanIn * 128L * 128;
        var name = $"conv{++named}";
        parts.Add($"{g} {pool} {stage.Value} {reads}");
        var start = draw.Of(100_000L, 500, 1L << 24, output == ElementType.Int8 ? int.MaxValue - reach : 1L << 20);
        plan.Add(
            name, new ProductOperation(g, ElementType.Int32, pool, stage, reads),
            new SignalSpec(shape, output, 0, output == ElementType.Int32 ? int.MaxValue : output.Maximum() + 1), [last],
            [(name, Host(ElementType.Int8, weights)), .. Reads(name, reads, g.Filters, start)]);
        last++;
    }

    private (string, Tensor)[] Reads(string name, StageReads reads, int columns, long start)
    {
        QuantizedMultiplier[] scales = [.. Enumerable.Range(0, columns).Select(_ => draw.Of(0, 0, 0, 1) == 0 ? Scale(-10, 0) : Scale(-31, 30))];
        List<(string, Tensor)> all = [];
        if ((reads & StageReads.Start) != 0) all.Add(($"{name}.start", Host(ElementType.Int32, draw.Adversarial(columns, start))));
        if ((reads & StageReads.Multipliers) == 0) return [.. all];
        all.Add(($"{name}.multipliers", Host(ElementType.Int32, [.. scales.Select(scale => (long)scale.Multiplier)])));
        all.Add(($"{name}.shifts", Host(ElementType.Int32, [.. scales.Select(scale => (long)scale.Shift)])));
        return [.. all];
    }

    private void Alone(FusedStage stage, StageReads reads, ElementType output)
    {
        parts.Add($"{stage.Value} {reads}");
        var (shape, name) = (Last.Shape, $"stage{++named}");
        var constants = Reads(name, reads, shape[shape.Rank - 1], 1 << 20);
        Add(name, new StageOperation(stage, reads), new SignalSpec(shape, output, 0, 128), [last], constants);
    }

    private void Pool(bool mean)
    {
        var (height, width) = (Last.Shape[1], Last.Shape[2]);
        var isWhole = draw.Of(0, 0, 1) == 1;
        var g = new PoolGeometry(
            1, height, width, Last.Shape[3], isWhole ? height : (int)draw.Between(1, Math.Min(3, height)),
            isWhole ? width : (int)draw.Between(1, Math.Min(3, width)), (int)draw.Between(1, 3));
        var rounding = draw.Of(Rounding.HalfEven, Rounding.HalfAway);
        parts.Add($"{(mean ? rounding : "max")} {g}");
        Add("pool", mean ? new AveragePoolOperation(g, rounding) : new MaxPoolOperation(g), Last with { Shape = g.OutputShape }, [last]);
    }

    private void Relu() => Add("relu", new ReluOperation(), Last, [last]);

    private void AffineSum()
    {
        var first = last;
        Alone(Affine(), StageReads.None, ElementType.Int8);
        int Code() => (int)draw.Between(-128, 127);
        var low = (int)draw.Between(-128, 0);
        Add(
            "sum", new AffineSumOperation(new AffineSum(
                new(Scale(-6, 0), Code()), new(Scale(-6, 0), Code()), Scale(-20, -16), Code(), low, (int)draw.Of(127, draw.Between(1, 127)),
                Multiplied())),
            Last, [first, last]);
    }

    private void Concat()
    {
        var first = last;
        Convolve(Affine(), StageReads.None, ElementType.Int8, pooled: false);
        if (Last.Shape[1] != plan[first].Shape[1] || Last.Shape[2] != plan[first].Shape[2]) first = last;
        var channels = Last.Shape[3] + plan[first].Shape[3] + Last.Shape[3];
        Add("concat", new ConcatOperation(), Last with { Shape = new Shape(1, Last.Shape[1], Last.Shape[2], channels) }, [last, first, last]);
    }

    private void Lookup()
    {
        var (least, entries) = ((int)draw.Between(-90, 20), (int)draw.Between(1, 120));
        Add(
            "lookup", new LookupOperation(least), new SignalSpec(Last.Shape, ElementType.Int32, 0, int.MaxValue), [last],
            ("lookup.table", Host(ElementType.Int32, draw.Adversarial(entries, int.MaxValue))));
    }

    private void Flatten()
    {
        if (Last.Shape.Rank != 2) Add("flatten", new ReshapeOperation(), Last with { Shape = new Shape(1, Last.Shape.Length) }, [last]);
    }

    private void Add(string name, PlanOperation operation, in SignalSpec output, int[] inputs, params (string, Tensor)[] constants) =>
        last = plan.Add(constants.Length > 0 ? name : $"{name}{++named}", operation, output, inputs, constants);

    private static HostTensor Host(ElementType type, params long[] values) => Values.Tensor(type, values);
}
