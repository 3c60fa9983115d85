namespace Wage.Tests.Gpu.TensorCores;

/// <summary>What is tested of the PTX where the package is.</summary>
public sealed class TensorCorePtxTests
{
    private const string Reason = "needs the package ILGPU, which generates the PTX";

    [Test]
    public void EveryKernelKeepsItsFragmentsInRegisters() => Assert.Ignore(Reason);

    [Test]
    public void NoReadAndNoCopyPassesItsBarrier() => Assert.Ignore(Reason);

    [Test]
    public void TwoGroupsFitAMultiprocessorWithoutSpills() => Assert.Ignore(Reason);

    [Test]
    public void AnArrayThatALoopIndexesIsFoundInLocalMemory() => Assert.Ignore(Reason);

    [Test]
    public void AReadThatNoBarrierPartsFromItsCopyIsFound() => Assert.Ignore(Reason);
}
