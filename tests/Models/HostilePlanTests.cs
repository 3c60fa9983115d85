using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Tests.Models;

/// <summary>
/// A plan made by hand is refused where a node does not fit what it reads: nothing that is accepted reads or writes beyond a tensor.
/// WAGE_PLAN_CASES is how many random nodes are tried.
/// </summary>
[Parallelizable]
public sealed class HostilePlanTests
{
    private static readonly SignalSpec Image = new(new Shape(1, 4, 4, 2), ElementType.Int8, 0, 127);
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("WAGE_PLAN_CASES") ?? "3000");

    private static readonly TestCaseData[] Refusals =
    [
        Case(new ImageOperation(), Image, [], "n: a plan has one image, its first node"),
        Case(new ReluOperation(), default, [0], "n: its output is UInt8 [], but must be signed integers [N,...]"),
        Case(new ReluOperation(), Of(32, ElementType.Float32), [0], "n: its output is Float32 [1,32], but must be signed integers [N,...]"),
        Case(new ReluOperation(), Image, [], "n: reads 0 nodes, but the operation takes 1"),
        Case(new ReluOperation(), Of(5), [0], "n: its input is [1,4,4,2], but the operation needs 5 elements"),
        Case(new ReluOperation(), Of(32, ElementType.Int32), [0], "n: its input is Int8, but the operation needs Int32"),
        Case(new ReluOperation(), Of(32, bound: 5), [0], "n: its output is said to reach 5, but it can reach 127, and Int8 holds 127"),
        Case(new ReluOperation(), Of(32, bound: 999), [0], "n: its output is said to reach 999"),
        Case(new ReshapeOperation(), Of(33), [0], "n: its input is [1,4,4,2], but the operation needs 33 elements"),
        Case(new ReshapeOperation(), Of(32), [0, 0], "n: reads 2 nodes, but the operation takes 1"),
        Case(new StageOperation(FusedStage.Of(default(RawStage))), Of(32), [], "n: reads 0 nodes, but the operation takes 1"),
        Case(new StageOperation(FusedStage.Of(default(RawStage))), Of(31), [0], "n: its input is [1,4,4,2], but the operation needs 31 elements"),
        Case(new MaxPoolOperation(new(1, 4, 4, 2, 2, 2, 2)), Of(9), [0], "n: its output is [1,9], but the operation needs 8 elements"),
        Case(new MaxPoolOperation(new(1, 8, 4, 2, 2, 2, 2)), Of(16), [0], "n: its input is [1,4,4,2], but the operation needs 64 elements"),
        Case(new MaxPoolOperation(new(1, 4, 4, 2, 5, 2, 2)), Of(8), [0], "n: windows of 5x2 every 2 do not lie within 4x4x2"),
        Case(new MaxPoolOperation(new(1, 4, 4, 2, 2, 2, 0)), Of(8), [0], "n: windows of 2x2 every 0 do not lie within 4x4x2"),
        Case(new MaxPoolOperation(new(1, 16, 16, 1, 16, 16, 1)), Of(1), [0], "n: its input is [1,4,4,2], but the operation needs 256 elements"),
        Case(new AveragePoolOperation(new(1, 4, 4, 2, 4, 4, 4), Rounding.HalfEven), Of(3), [0], "n: its output is [1,3], but the operation needs 2"),
        Case(new AveragePoolOperation(new(1, 4, 4, 2, 4, 4, 4), Rounding.Stochastic), Of(2), [0], "n: its rounding is Stochastic, but a mean"),
        Case(new AveragePoolOperation(new(1, 4, 4, -2, 4, 4, 4), Rounding.HalfEven), Of(2), [0], "n: windows of 4x4 every 4 do not lie within"),
        Case(new SumOperation(0, 0), Of(32, ElementType.Int32, 254), [0], "n: reads 1 nodes, but the operation takes 2"),
        Case(new SumOperation(0, -1), Of(32, ElementType.Int32, 254), [0, 0], "n: its shifts are 0 and -1, but must be from 0 to 62"),
        Case(new SumOperation(0, 1), Of(32, ElementType.Int32, 380), [0, 0], "n: its output is said to reach 380, but it can reach 381"),
        Case(new SumOperation(0, 0), Of(16, ElementType.Int32, 254), [0, 0], "n: its first input is [1,4,4,2], but the operation needs 16 elements"),
        Case(new LookupOperation(0), Of(32), [0], "n: has 0 constants, but the operation reads 1"),
        Case(new LookupOperation(0), Of(7), [0], "n: its input is [1,4,4,2], but the operation needs 7 elements", ElementType.Int8),
        Case(new LookupOperation(0), Of(32), [0], "n: its output is Int8, but the operation needs Int32", ElementType.Int32),
        Case(Product(2), Of(32, ElementType.Int32), [0], "n: has no constants, but the first is its weights"),
        Case(Product(2), Of(32, ElementType.Int32), [], "n: reads 0 nodes, but the operation takes 1", ElementType.Int8),
        Case(Product(0), Of(32, ElementType.Int32), [0], "n: 0 filters of 1x1 every 1 in 1 groups do not fit", ElementType.Int8),
        Case(Product(2, 0), Of(32, ElementType.Int32), [0], "n: 2 filters of 1x1 every 0 in 1 groups do not fit", ElementType.Int8),
        Case(Product(2) with { Accumulator = ElementType.Int8 }, Of(32), [0], "n: its accumulators are Int8, but must be", ElementType.Int8),
        Case(Product(2) with { Pool = new(1, 4, 4, 2, 2, 2, 2) }, Of(8, ElementType.Int32), [0], "n: has a pool, but no stage", ElementType.Int8),
    ];

    [TestCaseSource(nameof(Refusals))]
    public void ANodeThatDoesNotFitIsRefused(PlanOperation operation, SignalSpec output, int[] inputs, string message, ElementType? constant)
    {
        var plan = new PlanBuilder(Image);
        (string, Tensor)[] constants = constant is { } type ? [("c", HostTensor.Create(type, new Shape(4)))] : [];
        Assert.That(() => plan.Add("n", operation, output, inputs, constants), Throws.ArgumentException.With.Message.StartsWith(message));
        Assert.That(plan.Nodes, Has.Count.EqualTo(1), "nothing of it stays");
        Assert.That(() => plan.Add("later", new ReluOperation(), Image, [0], ("c", HostTensor.Create(ElementType.Int8, new Shape(1)))),
            Throws.ArgumentException.With.Message.Contains("has 1 constants"));
    }

    [Test]
    public void WhateverIsAcceptedRuns()
    {
        var (random, accepted) = (new Random(12), 0);
        using var backend = new ReferenceBackend();
        for (var i = 0; i < Cases; i++)
        {
            var plan = new PlanBuilder(Image);
            try
            {
                for (var n = 0; n < 3; n++) AddAny(plan, random, $"n{n}");
            }
            catch (ArgumentException)
            {
                if (plan.Nodes.Count == 1) continue;
            }

            accepted++;
            using var model = new IntegerModel(plan.ToPlan(new sbyte[256]), backend, batch: 2);
            Assert.That(() => model.Scores(new byte[3 * Image.Shape.Length], 3), Throws.Nothing, string.Join(", ", plan.Nodes));
        }

        Assert.That(accepted, Is.GreaterThan(Cases / 20));
    }

    private static void AddAny(PlanBuilder plan, Random random, string name)
    {
        var from = random.Next(plan.Nodes.Count);
        var (shape, type) = (plan[from].Shape, plan[from].Type);
        int Near(int right) => random.Next(8) == 0 ? random.Next(-1, 6) : right;
        var (h, w, c) = shape.Rank == 4 ? (shape[1], shape[2], shape[3]) : (1, 1, shape.Length);
        var (side, stride, filters) = (random.Next(1, 4), random.Next(1, 3), random.Next(1, 4));
        var pool = new PoolGeometry(1, Near(h), Near(w), Near(c), Near(side), side, Near(stride));
        var conv = new ConvGeometry(1, Near(h), Near(w), Near(c), filters, Near(side), side, Near(stride), new Padding(0, 1, Near(1), 0), Near(1));
        (PlanOperation Operation, int Length, ElementType Type, int Constant) one = random.Next(7) switch
        {
            0 => (new ReluOperation(), shape.Length, type, 0),
            1 => (new ReshapeOperation(), shape.Length, type, 0),
            2 => (new MaxPoolOperation(pool), Out(h, side, stride) * Out(w, side, stride) * c, type, 0),
            3 => (new AveragePoolOperation(pool, Rounding.HalfAway), Out(h, side, stride) * Out(w, side, stride) * c, type, 0),
            4 => (new SumOperation(Near(1), Near(0)), shape.Length, ElementType.Int64, 0),
            5 => (new LookupOperation(-3), shape.Length, ElementType.Int8, 5),
            _ => (new ProductOperation(conv, ElementType.Int32), Out(h, side, stride) * Out(w + 1, side, stride) * filters, ElementType.Int32,
                filters * side * side * c),
        };
        var length = Math.Max(1, random.Next(10) == 0 ? random.Next(1, 70) : one.Length);
        var output = new SignalSpec(new Shape(1, length), one.Type, 0, one.Type == ElementType.Int64 ? 1L << 62 : one.Type.Maximum());
        (string, Tensor)[] constants =
            one.Constant > 0 ? [(name, HostTensor.Create(ElementType.Int8, new Shape(Math.Max(1, Near(one.Constant)))))] : [];
        plan.Add(name, one.Operation, output, one.Operation is SumOperation ? [from, from] : [from], constants);
    }

    private static int Out(int extent, int window, int stride) => extent < window ? 1 : ((extent - window) / stride) + 1;

    private static ProductOperation Product(int filters, int stride = 1) =>
        new(new ConvGeometry(1, 4, 4, 2, filters, 1, 1, stride, Padding.None), ElementType.Int32);

    private static SignalSpec Of(int length, ElementType type = ElementType.Int8, long bound = 127) => new(new Shape(1, length), type, 0, bound);

    private static TestCaseData Case(PlanOperation operation, SignalSpec output, int[] inputs, string message, ElementType? constant = null) =>
        new TestCaseData(operation, output, inputs, message, constant).SetArgDisplayNames(operation.GetType().Name, message);
}
