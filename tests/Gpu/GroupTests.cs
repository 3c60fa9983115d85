using System.Globalization;
using Wage.Backends;
using Wage.SelfTest;

namespace Wage.Tests.Gpu;

/// <summary>
/// The kernels with groups of four threads that share memory and meet at barriers, as on a card. ILGPU's CPU accelerator makes
/// every thread of a group a thread of the system, so this takes a small case of each operation; OpenCL devices run them all.
/// </summary>
[Parallelizable]
public sealed class GroupTests
{
    private const int ManyTerms = 1000;

    /// <summary>The first of each operation, those at the bounds of int32 sums among them, but none of 133,144 terms: a barrier for every 16.</summary>
    internal static IEnumerable<BackendCase> Few => CaseTable.All.Where(one => !IsLong(one)).DistinctBy(one => one.Operation);

    [TestCaseSource(nameof(Few))]
    public void GroupsThatShareMemoryGiveTheReferenceIntegers(object one)
    {
        using var backend = GpuBackends.Grouped();
        Assert.That(((BackendCase)one).Difference(new ReferenceBackend(), backend), Is.Null);
    }

    [Test]
    public void EveryOperationIsAmongThem() => Assert.That(
        Few.Select(one => one.Operation), Is.EquivalentTo(CaseTable.All.Select(one => one.Operation).Distinct()).And.SupersetOf(new[] { "Convolve" }));

    private static bool IsLong(BackendCase one) =>
        one.Arguments.Split(' ') is [var terms, "terms", ..] && int.Parse(terms, CultureInfo.InvariantCulture) > ManyTerms;
}
