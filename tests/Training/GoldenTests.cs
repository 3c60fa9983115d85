using Wage.Backends;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tests.Backends;

namespace Wage.Tests.Training;

/// <summary>
/// Short runs end with the recorded bits, whatever computes them. No test writes the records: where a change of bits is asked for, the line that a
/// failure prints goes into the file by hand.
/// </summary>
[Parallelizable]
public sealed class GoldenTests
{
    private const string File = "tests/golden/weights.csv";
    private const string Header = "name,run,weightsSha256,scoresSha256,shownSha256";

    /// <summary>Operations outside the steps: they count for reports.</summary>
    private static readonly string[] Counting = [nameof(IBackend.Histogram), nameof(WeightChange), nameof(ChangeCounts), nameof(BeyondCount)];

    /// <summary>What has columns, units that a run finds, and momentum: other schemes' alone.</summary>
    private static readonly string[] Columns =
    [
        StageName<CodeStage>.Map, StageName<UnitStage>.Map, nameof(KeptShift), nameof(FittingExponent), nameof(FittingShift), nameof(ExponentOf),
        nameof(LatestExponent), StageName<UnitClip>.Map, StageName<GradientStage>.Map,
        nameof(SumOfMagnitudes), nameof(FirstScale), nameof(Decayed), nameof(LeftShift),
        nameof(AddGradient), nameof(RateStep), nameof(WholeStep), FunctionName<ErrorSum>.ConvolveError, StageName<UnitStage>.ConvolveError,
        .. from type in typeof(IBackend).Assembly.GetTypes()
           where type.IsValueType && (type.IsAssignableTo(typeof(IColumnStatistic)) || type.IsAssignableTo(typeof(IColumnFormula))
               || type.IsAssignableTo(typeof(IColumnFunction)))
           select type.Name,
    ];

    /// <summary>
    /// In no WAGE network: a ReLU and Q_A without a product, a table alone, affine codes, both ends of a range, errors whose units the host knows.
    /// </summary>
    private static readonly string[] Unmet =
    [
        StageName<ActivationStage>.Map, nameof(IBackend.Lookup), StageName<AffineStage>.Map, StageName<AffineStage>.Convolve,
        FunctionName<ErrorAlignment>.Name, FunctionName<AffineSum>.Name, nameof(IBackend.CopyColumns), FunctionName<MinMax>.Name,
        nameof(IBackend.Unpack),
        .. Columns,
    ];

    /// <summary>A range in units of 2^-8 of a maximum, of which one decides nothing in a few steps; MovingMaximumTests has its rule.</summary>
    private static readonly string[] Fine = [FunctionName<MovingMaximum>.Name];

    private static IEnumerable<TestCaseData> Runs => Cases(GoldenRuns.All);

    private static IEnumerable<TestCaseData> SmallRuns => Cases(GoldenRuns.All.Where(IsSmall));

    private static IEnumerable<string> Operations => CaseTable.All.Select(one => one.Operation).Distinct()
        .Except([.. Counting, .. Unmet, .. Fine]);

    [TestCaseSource(nameof(Runs))]
    public void ARunEndsWithItsRecordedBitsFusedOrNotAndObservedOrNot(string name)
    {
        var run = Find(name);
        using var host = new HostBackend(2);
        var record = run.Execute(host);
        AssertRecorded(run, record);
        Assert.That(run.Execute(host, fuse: false), Is.EqualTo(record), "layer by layer");
        var unobserved = record with { Shown = "" };
        Assert.That(run.Execute(host, observe: false), Is.EqualTo(unobserved), "unobserved");
        Assert.That(run.Execute(host, fuse: false, observe: false), Is.EqualTo(unobserved), "layer by layer, unobserved");
    }

    [TestCaseSource(nameof(SmallRuns))]
    public void TheReferenceAndOneThreadGiveTheRecordedBits(string name)
    {
        using var one = new HostBackend(1);
        AssertRecorded(Find(name), Find(name).Execute(one));
        AssertRecorded(Find(name), Find(name).Execute(new ReferenceBackend()));
    }

    [TestCaseSource(nameof(Operations))]
    public void OneWrongElementOfAnOperationChangesARecord(string operation)
    {
        using var wrong = new OffByOneBackend(new HostBackend(1), operation);
        bool[] both = [true, false];
        var changed =
            from run in GoldenRuns.All.Where(IsSmall)
            let recorded = Record(run.Name)
            from fuse in both
            from observe in both
            where run.Execute(wrong, fuse, observe) != (observe ? recorded : recorded with { Shown = "" })
            select run;
        Assert.That(changed.Any(), $"no record notices an error in {operation}");
    }

    [Test]
    public void EveryRunHasOneRecordAndEveryRecordARun()
    {
        Assert.That(Repository.Text(File), Does.StartWith(Header + "\n").And.EndsWith("\n"));
        Assert.That(Records().Select(line => line[0]), Is.EqualTo(GoldenRuns.All.Select(run => run.Name)).And.Unique);
        Assert.That(Records().Select(line => line.Length), Is.All.EqualTo(Header.Split(',').Length));
    }

    [Test]
    public void RunsThatDifferHaveOtherHashes()
    {
        var records = Records().ToDictionary(line => line[0]);
        Assert.That(GoldenRuns.All.Select(run => run.Description), Is.Unique);
        Assert.That(records.Values.Select(line => line[4]), Is.Unique, "what is shown");
        var recipes = GoldenRuns.All.GroupBy(run => run.Recipe, run => (records[run.Name][2], records[run.Name][3])).ToList();
        Assert.That(recipes.Select(hashes => hashes.Distinct().Count()), Is.All.EqualTo(1), "the accumulators' type changes no weight and no score");
        Assert.That(recipes.Select(hashes => hashes.First().Item1), Is.Unique, "weights");
    }

    private static bool IsSmall(GoldenRun run) => !run.Coloured && !run.Model.StartsWith("LeNet", StringComparison.Ordinal) || run.Name == "ResNet";

    private static IEnumerable<TestCaseData> Cases(IEnumerable<GoldenRun> runs) =>
        runs.Select(run => new TestCaseData(run.Name).SetArgDisplayNames(run.Name));

    private static GoldenRun Find(string name) => GoldenRuns.All.Single(run => run.Name == name);

    private static void AssertRecorded(GoldenRun run, GoldenRecord record)
    {
        var line = Line(run, record);
        Assert.That(line, Is.EqualTo(Recorded(run.Name)), $"the run gives\n{line}\n");
    }

    private static string Line(GoldenRun run, GoldenRecord record) =>
        string.Join(',', run.Name, run.Description, record.Weights, record.Scores, record.Shown);

    private static string? Recorded(string name) => Lines().FirstOrDefault(line => line.StartsWith(name + ",", StringComparison.Ordinal));

    private static GoldenRecord Record(string name) =>
        Records().Where(line => line[0] == name).Select(line => new GoldenRecord(line[2], line[3], line[4])).Single();

    private static IEnumerable<string[]> Records() => Lines().Select(line => line.Split(','));

    private static IEnumerable<string> Lines() => Repository.Text(File).TrimEnd('\n').Split('\n').Skip(1);
}
