using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Export;

/// <summary>
/// Small models of every operation, stage, rounding, type and packing, drawn by a seed, for every form of export; every bound is as wide as it must
/// be. Those of a kind have few operations, and numbers from the ends of their ranges.
/// </summary>
internal sealed partial class RandomPlans
{
    /// <summary>What a model of a kind has.</summary>
    public static readonly string[] Kinds =
    [
        "raw", "relu stage", "shift", "activation", "affine", "affine columns", "wide scores", "dense shift", "dense affine", "pools", "means", "sum",
        "affine sum", "concat", "lookup", "stages alone", "rows",
    ];

    private const int Steps = 7;
    private readonly Draw draw;
    private readonly PlanBuilder plan;
    private readonly bool isExtreme;
    private int number;

    private RandomPlans(ulong seed, bool isExtreme)
    {
        (draw, this.isExtreme) = (new Draw(seed), isExtreme);
        var (least, most) = isExtreme ? (1, 6) : (4, 9);
        var image = new Shape(1, N(least, most), N(least, most), draw.Of(1, 2, 3, 4, 6));
        plan = new PlanBuilder(new SignalSpec(image, ElementType.Int8, 0, 128));
    }

    private enum Ends
    {
        Raw,
        Relu,
        Shift,
        Activation,
        Affine,
        Columns,
        Wide,
    }

    private int Last => plan.Nodes.Count - 1;

    /// <summary>The model of a seed: seven operations, and dense scores.</summary>
    public static ModelPlan Of(int seed)
    {
        var random = new RandomPlans((ulong)seed + 100, isExtreme: false);
        for (var i = 0; i < Steps; i++) random.Step((seed + (3 * i)) % 10);
        random.Dense(random.Codes(random.Flatten()), null);
        return random.plan.ToPlan([.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))]);
    }

    /// <summary>A model of a kind, and what is in it.</summary>
    public static (ModelPlan Plan, string Parts) Of(string kind, ulong seed)
    {
        var random = new RandomPlans((seed * 1000) + (ulong)Array.IndexOf(Kinds, kind), isExtreme: true);
        random.Build(kind);
        var scores = random.Flatten();
        var spec = random.plan[scores];
        if (spec.Shape.Length == 1) random.Add(new ConcatOperation(), spec with { Shape = new Shape(1, 2) }, [scores, scores]);
        sbyte[] pixels = random.draw.Of(0, 0, 1) == 0
            ? [.. Enumerable.Range(0, 256).Select(p => (sbyte)(p - 128))] : [.. random.draw.Many(256, -128, 127).Select(v => (sbyte)v)];
        return (random.plan.ToPlan(pixels), string.Join(", ", random.plan.Nodes.Select(node => $"{node.Operation}")));
    }

    private void Step(int step)
    {
        var from = draw.Of(Last, Last, N(0, Last));
        switch (step)
        {
            case 0: Product(from); break;
            case 1: Stage(from, null); break;
            case 2: Relu(from); break;
            case 3: Lookup(from); break;
            case 4: Sum(from); break;
            case 5: AffineSum(Codes(from)); break;
            case 6: Add(new ConcatOperation(), plan[from] with { Shape = Columns(plan[from].Shape, 2) }, [from, from]); break;
            case 7: Pool(from, draw.Of(true, false)); break;
            case 8: Product(Codes(from)); break;
            default: Product(Codes(N(0, from))); break;
        }
    }

    private void Build(string kind)
    {
        var isShift = draw.Of(true, false);
        switch (kind)
        {
            case "raw": Product(0, Ends.Raw); break;
            case "relu stage": Product(0, Ends.Relu); break;
            case "shift": Product(0, Ends.Shift); break;
            case "activation": Product(0, Ends.Activation); break;
            case "affine": Product(0, Ends.Affine); break;
            case "affine columns":
                Product(0, Ends.Columns);
                Product(Last, Ends.Columns);
                break;
            case "wide scores": Dense(Rows(0), Ends.Wide); break;
            case "dense shift": Dense(Rows(0), isShift ? Ends.Shift : Ends.Activation); break;
            case "dense affine":
                Dense(Rows(0), Ends.Columns);
                Dense(Last, Ends.Raw);
                break;
            case "pools":
                if (isShift) Product(0, Ends.Raw, isPooled: false);
                Pool(Last, isMean: false);
                Relu(Last);
                break;
            case "means":
                if (isShift) Product(0, Ends.Raw, isPooled: false);
                Pool(Last, isMean: true);
                break;
            case "sum":
                Sum(0);
                Stage(Last, Ends.Shift);
                break;
            case "affine sum":
                Stage(0, Ends.Affine);
                AffineSum(Last);
                break;
            case "concat": Concat(); break;
            case "lookup":
                Product(0, Ends.Shift);
                Lookup(Last);
                break;
            case "stages alone":
                Stage(0, draw.Of(Ends.Affine, Ends.Columns));
                Stage(Last, isShift ? Ends.Shift : Ends.Activation);
                break;
            default: ThreeExtents(); break;
        }
    }

    /// <summary>Rows, and rows of two parts, whose columns have scales and lie side by side.</summary>
    private void ThreeExtents()
    {
        Flatten();
        Stage(Last, Ends.Columns);
        var (first, length) = (Last, plan[Last].Shape.Length);
        var relu = Relu(Last);
        Add(new ConcatOperation(), plan[Last] with { Shape = new Shape(1, 2 * length) }, [first, relu]);
        Add(new ReshapeOperation(), plan[Last] with { Shape = new Shape(1, 2, length) }, [Last]);
        Stage(Last, Ends.Columns);
        Add(new ConcatOperation(), plan[Last] with { Shape = new Shape(1, 2, 2 * length) }, [Last, Last]);
    }

    /// <summary>What a product gives, its input where that has the same places, and that again.</summary>
    private void Concat()
    {
        Product(0, Ends.Affine, isPooled: false);
        var (made, image) = (plan[Last].Shape, plan[0].Shape);
        var other = made[1] == image[1] && made[2] == image[2] ? 0 : Last;
        var shape = new Shape(1, made[1], made[2], (2 * made[3]) + plan[other].Shape[3]);
        Add(new ConcatOperation(), plan[Last] with { Shape = shape }, [Last, other, Last]);
    }

    private int N(long low, long high) => (int)draw.Between(low, high);

    private int Add(PlanOperation operation, in SignalSpec output, int[] inputs, params (string, Tensor)[] constants) =>
        plan.Add($"node{number++}", operation, output, inputs, constants);

    private int Relu(int from) => Add(new ReluOperation(), plan[from], [from]);

    private int Flatten() => plan[Last].Shape.Rank == 2
        ? Last : Add(new ReshapeOperation(), plan[Last] with { Shape = new Shape(1, plan[Last].Shape.Length) }, [Last]);

    /// <summary>The node, or its elements in a row.</summary>
    private int Rows(int from) => draw.Of(true, false) && from == Last ? Flatten() : from;

    /// <summary>A node's values as codes of 8 bits.</summary>
    private int Codes(int from) => plan[from].Type == ElementType.Int8 ? from : Add(
        new StageOperation(FusedStage.Of(new ShiftStage(N(0, 9), 127, Rounding.HalfEven))), plan[from] with { Type = ElementType.Int8, Bound = 127 },
        [from]);

    private static Shape Columns(Shape shape, int times) => shape.Rank == 4
        ? new Shape(1, shape[1], shape[2], shape[3] * times) : new Shape(1, shape.Length * times);

    private static HostTensor Tensor(ElementType type, IEnumerable<long> values)
    {
        long[] all = [.. values];
        var tensor = HostTensor.Create(type, new Shape(all.Length));
        for (var i = 0; i < all.Length; i++) tensor[i] = all[i];
        return tensor;
    }
}
