using Wage.Backends;
using Wage.Gpu;

namespace Wage.Tests.Architecture;

[Parallelizable]
public sealed class KernelArithmeticTests
{
    private static readonly KernelScan Scan = new(
        KernelScan.Kernels(typeof(IlgpuBackend).Assembly), typeof(IlgpuBackend).Assembly, typeof(IBackend).Assembly);

    [Test]
    public void NothingThatAKernelReachesWrapsOrDividesByAPowerOfTwo() => Assert.That(Scan.Faults, Is.Empty, string.Join('\n', Scan.Faults));

    [TestCase("Wage.Numbers.RandomBits.Philox")]
    [TestCase("Wage.Numbers.IntegerSoftmax.Log2")]
    [TestCase("Wage.Numbers.Wrapping.HighProduct")]
    [TestCase("Wage.Numbers.LogarithmicBins.Magnitude")]
    [TestCase("Wage.Quantization.WeightClip.Of")]
    [TestCase("Wage.Gpu.Kernels.Int16Element.Get")]
    [TestCase("Wage.Gpu.TensorCores.WindowRow.Copy")]
    [TestCase("Wage.Quantization.ActivationStage.Mask")]
    [TestCase("Wage.Numbers.ShiftRounding`1.Quotient")]
    [TestCase("Wage.Numbers.Lane32.op_Subtraction")]
    [TestCase("Wage.Data.Augmentation.ShiftDown")]
    public void TheScanReachesWhatTheKernelsCall(string method) => Assert.That(Scan.Reached, Does.Contain(method));

    [Test]
    public void WhatEmulatesAnInstructionIsNotKernelCode() =>
        Assert.That(Scan.Reached, Has.None.StartsWith("Wage.Gpu.TensorCores.IWarpLane").And.None.StartsWith("Wage.Gpu.TensorCores.TensorCore."));

    [TestCase("WrappingProduct", "Run: mul")]
    [TestCase("WrappingSum", "Run: add")]
    [TestCase("MemoryInAStruct", "Run: add")]
    [TestCase("Negation", "Of: sub")]
    [TestCase("Sign", "Run: neg")]
    [TestCase("LeastMagnitude", "Run: calls System.Math.Abs")]
    [TestCase("Eighth", "Run: div by a power of two")]
    [TestCase("UnsignedEighth", "Run: div.un by a power of two")]
    [TestCase("Sixteenths", "Run: rem by a power of two")]
    [TestCase("DivisorInAVariable", "Run: div by a power of two")]
    [TestCase("DivisorOfAProperty", "Run: div by a power of two")]
    [TestCase("BehindAnInterface", "PlantedSquare.Of: mul")]
    public void APlantedFaultIsFoundAndNamed(string planted, string what)
    {
        var found = Faults(planted);
        Assert.That(found, Is.Not.Empty.And.All.EndsWith(what), string.Join('\n', found));
    }

    [Test]
    public void CheckedCodeIsNotAccused() => Assert.That(Faults("CleanKernel"), Is.Empty);

    private static IReadOnlyList<string> Faults(string planted)
    {
        var tests = typeof(KernelArithmeticTests).Assembly;
        var type = $"{typeof(Planted.CleanKernel).Namespace}.{planted}";
        var kernels = KernelScan.Kernels(tests).Where(method => method.DeclaringType!.FullName == type).ToList();
        Assert.That(kernels, Has.Count.EqualTo(1));
        return new KernelScan(kernels, tests, typeof(IBackend).Assembly).Faults;
    }
}
