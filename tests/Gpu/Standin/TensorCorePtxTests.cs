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
    public void RegistersSufficeForTwoGroups() => Assert.Ignore(Reason);

    [Test]
    public void PtxasAssemblesEveryKernelWithoutSpills() => Assert.Ignore(Reason);

    [Test]
    public void AnArrayThatALoopIndexesIsFoundInLocalMemory() => Assert.Ignore(Reason);

    [Test]
    public void AReadSunkPastItsBarrierIsFound() => Assert.Ignore(Reason);
}
