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
    private readonly IBackend device = GpuBackends.Grouped();

    /// <summary>The first of each operation; of products at the bounds of sums those of few terms: there is a barrier for every 16.</summary>
    private static IEnumerable<BackendCase> Few
    {
        get
        {
            var bounds = BoundCases.All().Where(one => one.Operation.StartsWith("Convolve", StringComparison.Ordinal)).ToList();
            var names = bounds.Select(one => one.ToString()).ToHashSet();
            var others = CaseTable.All.Where(one => !names.Contains(one.ToString())).DistinctBy(one => one.Operation);
            return others.Concat(bounds.Where(HasFewTerms)).DistinctBy(one => one.ToString());
        }
    }

    [OneTimeTearDown]
    public void Stop() => device.Dispose();

    [TestCaseSource(nameof(Few))]
    public void GroupsThatShareMemoryGiveTheReferenceIntegers(object one) =>
        Assert.That(((BackendCase)one).Difference(new ReferenceBackend(), device), Is.Null);

    [Test]
    public void EveryOperationIsAmongThem() => Assert.That(
        Few.Select(one => one.Operation).Distinct(), Is.EquivalentTo(CaseTable.All.Select(one => one.Operation).Distinct()));

    private static bool HasFewTerms(BackendCase one) =>
        one.Arguments.Split(' ') is [var terms, "terms", ..] && int.Parse(terms, CultureInfo.InvariantCulture) < ManyTerms;
}
