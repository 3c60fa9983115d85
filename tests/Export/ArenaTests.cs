using Wage.Backends;
using Wage.Export.C;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Export;

/// <summary>The plan of a program's memory.</summary>
[Parallelizable]
public sealed class ArenaTests
{
    [Test]
    public void WhatIsNeededAtOnceLiesApartUnlessItIsWrittenWhereItIsRead()
    {
        foreach (var plan in Enumerable.Range(0, 60).Select(RandomPlans.Of))
        {
            var places = CProgram.Of(ModelPlanFileTests.Of(plan)).Places;
            foreach (var one in places)
            {
                foreach (var other in places.Where(other => other != one && other.First <= one.Last && one.First <= other.Last))
                {
                    if (other.Offset >= one.End || one.Offset >= other.End) continue;
                    var (earlier, later) = one.First < other.First ? (one, other) : (other, one);
                    Assert.That((later.Offset, earlier.Last), Is.EqualTo((earlier.Offset, later.First)), $"{earlier} {later}");
                    Assert.That(plan.Nodes[later.First].Output.Shape.Length, Is.EqualTo(earlier.Shape.Length));
                }

                Assert.That(one.Offset % Math.Max(4, one.Type.Size()), Is.Zero);
            }
        }
    }

    /// <summary>A compiler may take it that what is written as one type is not read as another, but for bytes.</summary>
    [Test]
    public void NoTwoTypesWiderThanBytesShareMemory()
    {
        var build = new PlanBuilder(new SignalSpec(new Shape(1, 4, 4, 2), ElementType.Int8, 0, 128));
        var narrow = build.Add("narrow", new SumOperation(3, 3), build[0] with { Type = ElementType.Int32, Bound = 2048 }, [0, 0]);
        var codes = build.Add(
            "codes", new StageOperation(FusedStage.Of(new ShiftStage(4, 127, Rounding.HalfEven))), build[0] with { Bound = 127 }, [narrow]);
        var wide = build.Add("wide", new SumOperation(40, 0), build[0] with { Type = ElementType.Int64, Bound = 1L << 48 }, [codes, codes]);
        build.Add("flatten", new ReshapeOperation(), build[wide] with { Shape = new Shape(1, 32) }, [wide]);
        var places = CProgram.Of(ModelPlanFileTests.Of(build.ToPlan(new sbyte[256]))).Places;
        var (first, second) = (places.Single(place => place.Type == ElementType.Int32), places.Single(place => place.Type == ElementType.Int64));
        Assert.That(first.End <= second.Offset || second.End <= first.Offset, $"{first} {second}");
    }

    /// <summary>The image, 32-bit values, ReLU and codes in one place: 4 bytes an element and the image.</summary>
    [Test]
    public void AnElementWiseChainTakesOnePlace()
    {
        var build = new PlanBuilder(new SignalSpec(new Shape(1, 4, 4, 2), ElementType.Int8, 0, 128));
        var sum = build.Add("sum", new SumOperation(3, 3), build[0] with { Type = ElementType.Int32, Bound = 2048 }, [0, 0]);
        var relu = build.Add("relu", new ReluOperation(), build[sum], [sum]);
        var codes = build.Add(
            "codes", new StageOperation(FusedStage.Of(new ShiftStage(4, 127, Rounding.HalfEven))), build[0] with { Bound = 127 }, [relu]);
        build.Add("flatten", new ReshapeOperation(), build[codes] with { Shape = new Shape(1, 32) }, [codes]);
        var program = CProgram.Of(ModelPlanFileTests.Of(build.ToPlan(new sbyte[256])));
        Assert.That(program.Places.Select(place => (place.Name, place.Offset, place.Bytes)), Is.EqualTo(new[]
        {
            ("n0_input", 128L, 32L), ("n1_sum", 0, 128), ("n2_relu", 0, 128), ("n3_codes", 0, 32),
        }));
        Assert.That(program.RamBytes, Is.EqualTo(160));
    }

    [TestCase("lenet")]
    [TestCase("resnet")]
    public void ItTakesNoMoreThanTheBuffersOfARunInTheFramework(string name)
    {
        using var backend = new HostBackend(1);
        var plan = ((Network)PlannedNetworks.Train(name, backend, steps: 0).Network).ToPlan();
        var weights = plan.Nodes.Sum(node => COperations.Scratch(plan, node));
        var buffers = new PlanMemory(plan.Nodes).Buffers.Sum(buffer => (long)buffer.Length * buffer.Type.Size());
        Assert.That(CProgram.Of(ModelPlanFileTests.Of(plan)).RamBytes, Is.LessThanOrEqualTo(buffers + plan.Image.Length + weights));
    }
}
