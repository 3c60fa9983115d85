using System.Numerics;
using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Layers;

/// <summary>Accumulator bounds are proved when the model is built: int32, int64 or a refusal that states the bound.</summary>
[Parallelizable]
public sealed class BoundTests
{
    /// <summary>
    /// 128 x 32 x 32 positions x 127 x 127: int32 only just fits. The bound does not depend on the width, so the narrowest is built.
    /// </summary>
    [Test]
    public void Vgg7AtBatch128JustFitsInt32()
    {
        var row = FirstConv(128, 8);
        Assert.That((row.Gradient!.Value.Value, row.Accumulators.Gradient), Is.EqualTo(((BigInteger)2_114_060_288, ElementType.Int32)));
    }

    [Test]
    public void Vgg7AtBatch256NeedsInt64()
    {
        var row = FirstConv(256, 8);
        Assert.That((row.Gradient!.Value.Value, row.Accumulators.Gradient), Is.EqualTo(((BigInteger)4_228_120_576, ElementType.Int64)));
    }

    [Test]
    public void SixteenErrorBitsNeedInt64() => Assert.That(FirstConv(128, 16).Accumulators.Gradient, Is.EqualTo(ElementType.Int64));

    [Test]
    public void WithInt32AloneTheModelIsRefusedAndTheBoundStated()
    {
        var error = Assert.Throws<WageException>(() => FirstConv(256, 8, AccumulatorWidth.Int32));
        Assert.That(
            error!.Message,
            Is.EqualTo("conv2 gradient: 262144 terms of at most 127 x 127 can reach 4228120576, which int32 (2147483647) cannot hold. " +
                "HINT: allow int64 accumulators (AccumulatorWidth.Auto), or take a smaller batch, image or bit width."));
    }

    [Test]
    public void Int64CanBeAskedForEverywhere()
    {
        ElementType? int64 = ElementType.Int64;
        Assert.That(FirstConv(1, 8, AccumulatorWidth.Int64).Accumulators, Is.EqualTo((int64, (ElementType?)null, int64)));
    }

    [Test]
    public void ABoundBeyondInt64IsRefused() => Assert.That(
        () => new AccumulatorBound(1L << 40, 1 << 15, 1 << 15).Choose("conv9 error", AccumulatorWidth.Auto),
        Throws.TypeOf<WageException>().With.Message.StartsWith(
            "conv9 error: 1099511627776 terms of at most 32768 x 32768 can reach 1180591620717411303424, which int64"));

    [TestCase(int.MaxValue, ElementType.Int32)]
    [TestCase(int.MaxValue + 1L, ElementType.Int64)]
    [TestCase(long.MaxValue, ElementType.Int64)]
    public void TheNarrowestTypeThatHoldsTheBoundIsChosen(long bound, ElementType type) =>
        Assert.That(new AccumulatorBound(bound, 1, 1).Choose("x", AccumulatorWidth.Auto), Is.EqualTo(type));

    /// <summary>Every input at its greatest magnitude reaches the forward bound and never passes it.</summary>
    [Test]
    public void TheForwardBoundIsReached()
    {
        var scheme = new WageOptions { Bits = new BitWidths(8, 8, 9, 8) }.ToScheme();
        var network = new Network([new Dense(1)], scheme, new SquaredError(), new Shape(1, 3, 5, 1), new ReferenceBackend());
        Values.Fill(network.Images, [.. Enumerable.Repeat(127L, 15)]);
        Values.Fill(network.Parameters[0].Stored, [.. Enumerable.Repeat(-255L, 15)]);
        network.QuantizeWeights();
        Assert.That(Values.Of(network.Forward().Values)[0], Is.EqualTo(-network.ScoresSpec.Bound));
    }

    private static LayerRow FirstConv(int batch, int errorBits, AccumulatorWidth width = AccumulatorWidth.Auto)
    {
        var scheme = new WageOptions { Bits = new BitWidths(2, 8, 8, errorBits) }.ToScheme();
        return new Network(Model.Vgg7(width: 1), scheme, new SquaredError(), new Shape(batch, 32, 32, 3), new ReferenceBackend(), width).Table[0];
    }
}
