using Wage.Backends;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Quantization;
using Wage.Training;

namespace Wage.Tests.Schemes;

/// <summary>Every difference between the paper and the program is an option, and every option changes what it says.</summary>
[Parallelizable]
public sealed class OptionsTests
{
    private static readonly ReferenceBackend Backend = new();
    private static readonly WageOptions Default = new();

    [Test]
    public void TheDefaultsAreTheProgramsAndPaperIsTheOtherSide() => Assert.That(
        (WageOptions.Paper with
        {
            FanInLimit = 3,
            StoredClip = StoredClip.WeightGrid,
            InitialWeights = InitialGrid.WeightGrid,
            ClipOrder = ClipOrder.BeforeUpdate,
            Randomizer = Randomizer.Exact,
            Rounding = Rounding.HalfEven,
        }, Default.Bits.ToString(), Default.Beta, Default.WeightClipMask, Default.ActivationClipMask),
        Is.EqualTo((Default, "2-8-8-8", new Ratio(3, 2), false, ClipMask.Inclusive)));

    [Test]
    public void BitsChangeTheRangesAndTheStorage()
    {
        var scheme = (Default with { Bits = new BitWidths(3, 6, 12, 10) }).ToScheme();
        Assert.That((scheme.W.Range.Limit, scheme.A.Range.Limit, scheme.E.Range.Limit, scheme.Storage), Is.EqualTo((3, 31, 511, ElementType.Int16)));
    }

    [TestCase(1024, 1)]
    [TestCase(1, (1 << 20) + 1)]
    public void ABetaBeyondItsRangeIsRefusedByName(long p, long q) => Assert.That(
        () => (Default with { Beta = new Ratio(p, q) }).ToScheme(),
        Throws.TypeOf<WageException>().With.Message.StartsWith($"beta: is {new Ratio(p, q)}, but must be"));

    [Test]
    public void BetaChangesAlpha() => Assert.That((Alpha(Default), Alpha(Default with { Beta = new Ratio(3, 1) })), Is.EqualTo((4, 5)));

    [Test]
    public void TheFanInLimitChangesAlpha() => Assert.That((Alpha(Default, 800), Alpha(Default with { FanInLimit = 6 }, 800)), Is.EqualTo((4, 3)));

    [Test]
    public void TheFanInLimitChangesTheInitialLimit()
    {
        var (three, six) = ((long)Math.Floor(Math.Sqrt(1.5) * (1 << 30)), (long)Math.Floor(Math.Sqrt(3) * (1 << 30)));
        Assert.That((Limit(Default), Limit(Default with { FanInLimit = 6 })), Is.EqualTo((three, six)));
    }

    [TestCase(0)]
    [TestCase(2)]
    [TestCase(12)]
    public void AnotherFanInLimitIsRefused(int limit) => Assert.That(
        () => (Default with { FanInLimit = limit }).ToScheme(),
        Throws.TypeOf<WageException>().With.Message.Contains($"is {limit}, but must be 3"));

    [Test]
    public void TheStoredClipKeepsWeightsToTheGridOfUseOrOfStorage()
    {
        var ofUse = Default with { ClipOrder = ClipOrder.AfterUpdate };
        var ofStorage = ofUse with { StoredClip = StoredClip.GradientGrid };
        Assert.That((Updated(ofUse, 60, -100), Updated(ofStorage, 60, -100)), Is.EqualTo((64L, 127L)));
    }

    [Test]
    public void TheOrderOfClipAndUpdateShowsBeyondTheClip() =>
        Assert.That((Updated(Default, 100, -5), Updated(Default with { ClipOrder = ClipOrder.AfterUpdate }, 100, -5)), Is.EqualTo((69L, 64L)));

    [Test]
    public void WithTheProgramsOrderAWeightPassesTheClipButNotTheStorage() =>
        Assert.That((Updated(Default, 64, -10), Updated(Default, 64, -90), Updated(Default, -64, 90)), Is.EqualTo((74L, 127L, -127L)));

    [Test]
    public void TheInitialGridIsThatOfUseOrOfStorage()
    {
        var key = new RandomKey(1, 0, 0);
        long[] coarse = new long[100], fine = new long[100];
        Default.ToScheme().Initializer.Initialize(100, key, 0, coarse);
        (Default with { InitialWeights = InitialGrid.GradientGrid }).ToScheme().Initializer.Initialize(100, key, 0, fine);
        Assert.That((coarse.All(w => w % 64 == 0), fine.All(w => w % 64 == 0)), Is.EqualTo((true, false)));
    }

    [Test]
    public void TheCoarseRandomizerLosesWhatTheExactOneKeeps()
    {
        Assert.That(Steps(Default), Is.GreaterThan(0));
        Assert.That(Steps(Default with { Randomizer = Randomizer.Bits16 }), Is.Zero);
    }

    [Test]
    public void RoundingDecidesTiesOfWeightsActivationsErrorsAndCoarseUpdates()
    {
        var away = Default with { Rounding = Rounding.HalfAway };
        Assert.That((Weight(Default), Weight(away)), Is.EqualTo((0L, 1L)));
        Assert.That((Activation(Default), Activation(away)), Is.EqualTo((0L, 1L)));
        Assert.That((Error(Default), Error(away)), Is.EqualTo((0L, 1L)));
        Assert.That((TieStep(Default), TieStep(away)), Is.EqualTo((0L, 1L)));
    }

    [Test]
    public void TheWeightClipMaskStopsGradientsOfWeightsBeyondTheClip() =>
        Assert.That((MaskedGradient(Default), MaskedGradient(Default with { WeightClipMask = true })), Is.EqualTo(((5L, 5L, 5L), (5L, 0L, 0L))));

    [Test]
    public void TheActivationClipMaskIsInclusiveExclusiveOrNone() => Assert.That(
        new[] { ClipMask.Inclusive, ClipMask.Exclusive, ClipMask.None }.Select(mask => MaskedErrors(Default with { ActivationClipMask = mask })),
        Is.EqualTo(new[] { (5L, 5L, 0L), (5L, 0L, 0L), (5L, 5L, 5L) }));

    [Test]
    public void AnotherBitWidthChangesTheTrainedIntegers() => Assert.That(
        Trained(Default with { Bits = new BitWidths(2, 8, 8, 7) }), Is.Not.EqualTo(Trained(Default)));

    private static int Alpha(WageOptions options, int fanIn = 1152) => options.ToScheme().Scale.Log2(fanIn);

    private static long Limit(WageOptions options) => new WageScale(options).InitialLimit(2);

    private static long Updated(WageOptions options, long stored, long update)
    {
        var w = Values.Tensor(ElementType.Int8, stored);
        Backend.Combine(w, Values.Tensor(ElementType.Int16, update), options.StoredUpdate, w);
        return w[0];
    }

    /// <summary>The updates of many gradients of 2^-17 of the scale.</summary>
    private static long Steps(WageOptions options)
    {
        var g = Values.Tensor(ElementType.Int32, [1 << 30, .. Enumerable.Repeat(1L << 13, 500_000)]);
        var update = Backend.Allocate(ElementType.Int16, g.Shape);
        var (maximum, rule) = (Scalar(), new GradientRule(new Ratio(1, 1), options.Randomizer, options.Rounding));
        Backend.MaxAbs(g, maximum);
        Backend.QuantizeGradient(g, maximum, rule, new RandomKey(3, 0, 0), update);
        return Values.Of(update).Skip(1).Sum();
    }

    private static long Weight(WageOptions options)
    {
        var used = Backend.Allocate(ElementType.Int8, new Shape(1));
        options.ToScheme().W.Quantize(Backend, Values.Tensor(ElementType.Int8, 32), 0, used);
        return Values.Of(used)[0];
    }

    private static long Activation(WageOptions options)
    {
        var a = Backend.Allocate(ElementType.Int8, new Shape(1));
        options.ToScheme().A.Quantize(Backend, Values.Tensor(ElementType.Int32, 16), 12, a);
        return Values.Of(a)[0];
    }

    private static long Error(WageOptions options)
    {
        var e = Backend.Allocate(ElementType.Int8, new Shape(2));
        options.ToScheme().E.Quantize(Backend, Values.Tensor(ElementType.Int32, 1024, 4), 0, e);
        return Values.Of(e)[1];
    }

    /// <summary>2^-16 of the scale is a tie between 0 and 1 of 15 fraction bits; the sum over many draws shows whether it was kept.</summary>
    private static long TieStep(WageOptions options) =>
        new GradientScale(1 << 20, new GradientRule(new Ratio(1, 1), Randomizer.Bits16, options.Rounding)).Step(16, 0);

    private static (long, long, long) MaskedGradient(WageOptions options)
    {
        var g = Values.Tensor(ElementType.Int32, 5, 5, 5);
        options.ToScheme().W.On(Backend, g.Shape).Backward(Values.Tensor(ElementType.Int8, 64, 65, -65), g);
        return (g[0], g[1], g[2]);
    }

    private static (long, long, long) MaskedErrors(WageOptions options)
    {
        var delta = Values.Tensor(ElementType.Int32, 5, 5, 5);
        options.ToScheme().A.On(Backend, delta.Shape, 12)
            .Backward(Values.Tensor(ElementType.Int32, (127 << 5) - 1, 127 << 5, (127 << 5) + 1), delta);
        return (delta[0], delta[1], delta[2]);
    }

    private static string Trained(WageOptions options)
    {
        var network = new Network(Model.Mlp(12, 3), options.ToScheme(), new SquaredError(), new Shape(4, 2, 3, 1), new ReferenceBackend());
        network.Initialize(5);
        for (var step = 0u; step < 10; step++)
        {
            for (var i = 0; i < network.Images.Length; i++) ((HostTensor)network.Images)[i] = ((i * 37) + (step * 11)) % 200 - 100;
            Values.Fill(network.Labels, 0, 1, 2, step % 3);
            network.Step(new StepContext(Phase.Training, 5, step, new Ratio(8, 1)));
        }

        return network.WeightsSha256();
    }

    private static Tensor Scalar() => Backend.Allocate(ElementType.Int64, new Shape(1));
}
