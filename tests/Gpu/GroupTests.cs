using Wage.Backends;
using Wage.SelfTest;

namespace Wage.Tests.Gpu;

/// <summary>
/// The kernels with groups of four threads that share memory and meet at barriers, as on a card. ILGPU's CPU accelerator makes
/// every thread of a group a thread of the system, so this takes the smallest case of each operation; OpenCL devices run them all.
/// </summary>
[Parallelizable]
public sealed class GroupTests
{
    private static IEnumerable<BackendCase> Few => CaseTable.All.GroupBy(one => one.Operation).Select(cases => cases.First());

    [TestCaseSource(nameof(Few))]
    public void GroupsThatShareMemoryGiveTheReferenceIntegers(object one)
    {
        using var backend = GpuBackends.Grouped();
        Assert.That(((BackendCase)one).Difference(new ReferenceBackend(), backend), Is.Null);
    }
}
