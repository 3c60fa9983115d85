using Wage.Backends;
using Wage.Losses;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tests.Gpu;

namespace Wage.Tests.Backends;

/// <summary>The law of backends: the same integers as the reference's, for every operation and input.</summary>
[Parallelizable]
public sealed class BackendEqualityTests
{
    private readonly ReferenceBackend reference = new();
    private readonly List<IBackend> backends = [];

    private static IEnumerable<string> Operations => CaseTable.All.Select(c => c.Operation).Distinct();

    [OneTimeSetUp]
    public void Start() => backends.AddRange(
        [new HostBackend(1), new HostBackend(2), new HostBackend(5), .. Lent.All()]);

    [OneTimeTearDown]
    public void Stop() => backends.ForEach(Lent.Return);

    [TestCaseSource(nameof(Operations))]
    public void EveryBackendGivesTheReferenceIntegers(string operation)
    {
        var differences = new List<string>();
        foreach (var one in CaseTable.All.Where(c => c.Operation == operation))
        {
            var expected = one.Run(reference);
            differences.AddRange(backends.Select(b => one.Difference(expected, b)).OfType<string>().Select(d => $"{one}: {d}"));
        }

        Assert.That(differences.Take(10), Is.Empty, $"{differences.Count} differences");
    }

    [TestCaseSource(nameof(Operations))]
    public void OneWrongElementIsFound(string operation)
    {
        using var wrong = new OffByOneBackend(new HostBackend(1));
        var one = CaseTable.All.Last(c => c.Operation == operation);
        Assert.That(one.Difference(reference, wrong), Does.Contain("the reference gives"));
    }

    [Test]
    public void TheTableHasEveryOperation()
    {
        string[] copies =
        [
            nameof(IBackend.Allocate), nameof(IBackend.TakeImages), nameof(IBackend.Upload), nameof(IBackend.Download),
            nameof(IBackend.Clear), nameof(IBackend.Synchronize),
        ];
        var all = typeof(IBackend).GetMethods().Where(m => !m.IsSpecialName).Select(m => m.Name)
            .Except([
                .. copies, nameof(IBackend.Map), nameof(IBackend.Combine), nameof(IBackend.Reduce), nameof(IBackend.LossErrors),
                nameof(IBackend.ReduceColumns), nameof(IBackend.EachColumn), nameof(IBackend.MapColumns),
            ]);
        Type[] kinds =
        [
            typeof(IOutputStage), typeof(IPairFunction), typeof(IStatistic), typeof(ILossRow),
            typeof(IColumnStatistic), typeof(IColumnFormula), typeof(IColumnFunction),
        ];
        var formulas = typeof(IBackend).Assembly.GetTypes().Where(type => type.IsValueType && kinds.Any(type.IsAssignableTo));
        string[] fused =
        [
            StageName<ActivationStage>.Convolve, StageName<AffineStage>.Convolve, StageName<ErrorStage>.ConvolveError,
            FunctionName<ErrorSum>.ConvolveError, StageName<UnitStage>.Convolve, StageName<UnitStage>.ConvolveError,
        ];
        Assert.That(Operations, Is.EquivalentTo([.. all, .. formulas.Select(formula => formula.Name), .. fused]));
    }
}
