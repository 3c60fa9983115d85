using Wage.Backends;
using Wage.Gpu;

namespace Wage.Tests.Architecture;

[Parallelizable]
public sealed class FloatWallTests
{
    private static readonly string Core = typeof(IBackend).Assembly.Location;
    private static readonly string Tests = typeof(FloatWallTests).Assembly.Location;

    [Test]
    public void TheIntegerCoreContainsNoFloat() => Assert.That(Rules.Floats(Core, _ => true), Is.Empty);

    [Test]
    public void TheKernelsContainNoFloat() => Assert.That(Rules.Floats(typeof(IlgpuBackend).Assembly.Location, _ => true), Is.Empty);

    /// <summary>A graph's scales are floats of the file format, powers of two, written as bits.</summary>
    [Test]
    public void WhatWritesGraphsContainsNoFloat() => Assert.That(Rules.Floats(typeof(Wage.Onnx.OnnxFile).Assembly.Location, _ => true), Is.Empty);

    [Test]
    public void TheScannerReadsTheWholeCore()
    {
        var owners = AssemblyScan.Of(Core).Select(use => use.Owner).ToHashSet();
        Assert.That(owners, Is.SupersetOf(typeof(IBackend).Assembly.GetTypes().Select(type => type.FullName!.Replace('+', '.'))));
    }

    [TestCase("FloatLocal", "local System.Single")]
    [TestCase("DoubleField", "field System.Double")]
    [TestCase("FloatConversion", "conv.r8")]
    [TestCase("SquareRoot", "call System.Math.Sqrt")]
    [TestCase("RawBits", "call System.BitConverter.DoubleToInt64Bits")]
    [TestCase("GenericArgument", "field System.Collections.Generic.List`1 System.Single")]
    [TestCase("DecimalParameter", "parameter System.Boolean System.Decimal")]
    [TestCase("HalfArray", "newarr System.Half")]
    [TestCase("FloatBehindAGenericCall", "call Wage.Tests.Architecture.Planted.FloatBehindAGenericCall.NameOf")]
    [TestCase("IteratorClosure", "field System.Double")]
    [TestCase("LambdaClosure", "field System.Single")]
    [TestCase("AsyncClosure", "field System.Double")]
    [TestCase("BigIntegerLogarithm", "call System.Numerics.BigInteger.Log")]
    [TestCase("FloatingPointConstraint", "constraint System.Numerics.IFloatingPoint`1")]
    [TestCase("ClockField", "field System.TimeSpan")]
    public void APlantedFloatIsFoundAndNamed(string planted, string what)
    {
        var found = Floats(planted);
        Assert.That(found, Has.Some.EndsWith(what).And.StartsWith($"{typeof(Planted.Clean).Namespace}.{planted}"), string.Join('\n', found));
    }

    [TestCase("Clean")]
    [TestCase("Ticks")]
    [TestCase("SchemeCast")]
    public void IntegerCodeIsNotAccused(string planted) => Assert.That(Floats(planted), Is.Empty);

    [TestCase("Wage.Simulation.Planted.FakeQuantizer")]
    [TestCase("Wage.Simulation.Planted.Deeper.Ranges")]
    [TestCase("Wage.Gpu.Simulation.Planted.FloatKernel")]
    public void FloatsAreAtHomeInTheFloatDomains(string type)
    {
        Assert.That(FloatsOf(type), Is.Empty);
        Assert.That(Entries(type), Is.Empty);
        Assert.That(AssemblyScan.Of(Tests, owner => owner == type).Where(Rules.IsFloat), Is.Not.Empty, "it does have floats");
    }

    [TestCase("Wage.SimulationOfNothing.Planted.Quantizer")]
    [TestCase("Wage.Gpu.Kernels.Planted.FloatKernel")]
    [TestCase("Wage.Gpu.TensorCores.Planted.FloatLane")]
    public void FloatsBesideTheFloatDomainsAreFound(string type) => Assert.That(FloatsOf(type), Is.Not.Empty);

    [Test]
    public void TheIntegerDomainDoesNotEnterTheFloatDomains()
    {
        Assert.That(AssemblyScan.Of(Core).Where(Rules.EntersFloats), Is.Empty);
        Assert.That(AssemblyScan.Of(typeof(IlgpuBackend).Assembly.Location).Where(Rules.EntersFloats), Is.Empty);
    }

    [Test]
    public void TheRegistryIsTheOnlyDoorAndItOnlyListsWhatThereIs() => Assert.That(
        AssemblyScan.Of(Core, Rules.FloatDoors.Contains).Select(use => use.Target)
            .Where(target => target.StartsWith("Wage.Simulation.", StringComparison.Ordinal)),
        Is.EqualTo(new[]
        {
            "Wage.Simulation.Float32Kind.get_Kind", "Wage.Simulation.Quantization.AffineKind.get_Kind", "Wage.Simulation.Ranges.UniformKind.get_Kind",
            "Wage.Simulation.Stochastic.SqKind.get_Kind",
        }));

    [TestCase("CallsSimulation", "newobj Wage.Simulation.FloatTensor..ctor")]
    [TestCase("HoldsSimulation", "field Wage.Simulation.FloatTensor")]
    [TestCase("ListsSimulation", "field System.Collections.Generic.List`1 Wage.Simulation.FloatNetwork")]
    [TestCase("CallsFloatKernel", "call Wage.Gpu.Simulation.Planted.FloatKernel.Run")]
    public void APlantedEntryIsFoundAndNamed(string planted, string what)
    {
        var found = Entries($"{typeof(Planted.Clean).Namespace}.{planted}");
        Assert.That(found, Has.Some.EndsWith(what), string.Join('\n', found));
    }

    [TestCase("Clean")]
    [TestCase("Measures")]
    public void IntegerCodeEntersNothing(string planted) => Assert.That(Entries($"{typeof(Planted.Clean).Namespace}.{planted}"), Is.Empty);

    private static List<string> Floats(string planted) => FloatsOf($"{typeof(Planted.Clean).Namespace}.{planted}");

    private static List<string> FloatsOf(string name) => [.. Rules.Floats(Tests, owner => owner == name || Rules.IsIn(owner, name))];

    private static List<string> Entries(string name) =>
        [.. AssemblyScan.Of(Tests, owner => owner == name || Rules.IsIn(owner, name)).Where(Rules.EntersFloats).Select(use => use.ToString())];
}
