using Wage.Backends;
using Wage.Gpu;

namespace Wage.Tests.Architecture;

public sealed class FloatWallTests
{
    private static readonly string Core = typeof(IBackend).Assembly.Location;
    private static readonly string Tests = typeof(FloatWallTests).Assembly.Location;

    [Test]
    public void TheIntegerCoreContainsNoFloat() => Assert.That(Rules.Floats(Core, _ => true), Is.Empty);

    [Test]
    public void TheKernelsContainNoFloat() => Assert.That(Rules.Floats(typeof(IlgpuBackend).Assembly.Location, _ => true), Is.Empty);

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

    [Test]
    public void AFloatDomainIsNotScanned()
    {
        Assert.That(Rules.IsIn("Wage.Simulation.FakeQuantizer", Rules.FloatDomains[0]), Is.True);
        Assert.That(Rules.IsIn("Wage.SimulationOfNothing.X", Rules.FloatDomains[0]), Is.False);
    }

    private static List<string> Floats(string planted)
    {
        var name = $"{typeof(Planted.Clean).Namespace}.{planted}";
        return [.. Rules.Floats(Tests, owner => owner == name || Rules.IsIn(owner, name))];
    }
}
