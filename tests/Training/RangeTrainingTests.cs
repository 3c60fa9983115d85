using Wage.Backends;
using Wage.Data;
using Wage.Diagnostics;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Tests.Gpu;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>Training by ranges of other steps: static in the engine, resumed to the same bits, moved by training alone.</summary>
[Parallelizable]
public sealed class RangeTrainingTests
{
    private static readonly WageOptions InHindsight =
        new() { ErrorRange = RangeEstimator.InHindsight, GradientRange = RangeEstimator.InHindsight };

    private static readonly Dataset Few = SyntheticDigits.Create(1, 60, 20);

    /// <summary>After the first step no operation reads a tensor to find its maximum, and every product but the first layer's ends in Q_E.</summary>
    [Test]
    public void AStepHasNoPassForMaximaAndStoresNoErrorSums()
    {
        using var timed = new TimedBackend(new HostBackend(1));
        var trainer = TinyRun.Start(backend: timed, options: InHindsight, layers: TinyRun.NarrowLeNet());
        trainer.Step();
        timed.Reset();
        trainer.Step();
        var names = timed.Totals.ToDictionary(row => (row.Operation.Name, row.Operation.Geometry), row => (row.Calls, row.Bytes));
        Assert.That(names.Keys.Select(key => key.Name), Has.None.EqualTo(nameof(MaxAbs)).And.None.EqualTo(nameof(IBackend.ConvolveError)));
        Assert.That(names.Where(one => one.Key.Name == StageName<ErrorStage>.ConvolveError).Sum(one => one.Value.Calls), Is.EqualTo(3));
        Assert.That(names[(StageName<ErrorStage>.Map, null)].Calls, Is.EqualTo(1), "the errors of the loss alone");
    }

    /// <summary>Of a product's n sums: 4 n written, 4 n read and n of the gate for the maximum, 4 n read to be quantized.</summary>
    [Test]
    public void TheBytesSavedAreThoseOfTheSums()
    {
        var (dynamic, hindsight) = (Bytes(new WageOptions()), Bytes(InHindsight with { GradientRange = RangeEstimator.Current }));
        var sums = TinyRun.Batch * ((14 * 14 * 5) + (5 * 5 * 7) + 19);
        var scores = TinyRun.Batch * 10;
        const int states = 3;
        // each of four Q_E writes a statistic of 3 numbers, moves a range (statistic and range read, range written), and reduces no maximum
        Assert.That(dynamic - hindsight, Is.EqualTo((13L * sums) + (4 * scores) + (8 * 4 * (1 - 3 - states))));

        static long Bytes(WageOptions options)
        {
            using var timed = new TimedBackend(new HostBackend(1));
            var trainer = TinyRun.Start(backend: timed, options: options, layers: TinyRun.NarrowLeNet());
            trainer.Step();
            timed.Reset();
            trainer.Step();
            return timed.Totals.Sum(row => row.Bytes);
        }
    }

    [TestCase(-1)]
    [TestCase(255)]
    [TestCase((1L << 62) + 1)]
    public void ARangeThatNoStepLeavesIsRefusedWhenItIsRead(long range)
    {
        var trainer = TinyRun.Start(options: InHindsight);
        var states = trainer.Network.StoredStates.Where(state => state.Name.EndsWith(".range", StringComparison.Ordinal)).ToList();
        Assert.That(states, Is.Not.Empty);
        foreach (var state in states)
        {
            Assert.That(
                () => state.Load(BitConverter.GetBytes(range)), Throws.TypeOf<WageException>().With.Message.Contains($"a range of {range}, but"));
            foreach (var good in (long[])[0, 256, 1L << 62]) state.Load(BitConverter.GetBytes(good));
        }
    }

    [Test]
    public void AResumedRunEndsWithTheSameBits([Values("cpu", "ilgpu-cpu")] string device, [Values(1, 2, 4)] int kill)
    {
        using var lent = Lent.Of(device, 2);
        var backend = lent.Backend;
        var (whole, first, resumed) = (Start(backend), Start(backend), Start(backend));
        TinyRun.Steps(whole, 5);
        TinyRun.Steps(first, kill);
        resumed.Load(first.Save(""));
        Assert.That(States(resumed), Is.EqualTo(States(first)));
        TinyRun.Steps(resumed, 5 - kill);
        Assert.That((States(resumed), resumed.Network.WeightsSha256()), Is.EqualTo((States(whole), whole.Network.WeightsSha256())));
    }

    [Test]
    public void RangesAreNamedStatesThatAnEvaluationDoesNotMove()
    {
        using var backend = new HostBackend(1);
        var trainer = Start(backend);
        for (var step = 0; step < 3; step++) trainer.Step();
        string[] layers = ["conv1", "conv2", "dense1", "dense2"];
        Assert.That(((ITrainable)trainer.Network).StoredStates.Select(state => state.Name),
            Is.EquivalentTo(layers.SelectMany(layer => new[] { $"{layer}.E.range", $"{layer}.rule.range" })));
        var states = States(trainer);
        trainer.FinishEpoch();
        Assert.That(States(trainer), Is.EqualTo(states));
        trainer.Step();
        Assert.That(States(trainer), Is.Not.EqualTo(states));
    }

    /// <summary>A network that has been trained is given other states: it must look at them again.</summary>
    [Test]
    public void StatesOfABeginningAreTakenByATrainedNetwork()
    {
        using var backend = new HostBackend(1);
        var fresh = TinyRun.Start(backend: backend, options: InHindsight);
        var start = fresh.Save("");
        TinyRun.Steps(fresh, 4);
        var expected = fresh.Network.WeightsSha256();
        fresh.Load(start);
        TinyRun.Steps(fresh, 4);
        Assert.That(fresh.Network.WeightsSha256(), Is.EqualTo(expected));
    }

    /// <summary>A step by step observer sees the counts; a jump of the errors is told with what helps.</summary>
    [Test]
    public void AJumpIsShownInTheStatisticsAndWarnedOf()
    {
        using var backend = new HostBackend(1);
        var trainer = TinyRun.Start(backend: backend, options: InHindsight, layers: TinyRun.NarrowLeNet());
        TinyRun.Steps(trainer, 3);
        var looking = new StepStatistics(trainer.Network);
        trainer.Step(looking);
        var calm = looking.Take();
        Assert.That(new TrainingChecks([]).Check(calm, new Ratio(8, 1)).Select(warning => warning.Problem),
            Has.None.EqualTo(TrainingProblem.ErrorsSaturate).And.None.EqualTo(TrainingProblem.GradientsSaturate));
        foreach (var state in ((ITrainable)trainer.Network).StoredStates.Where(state => state.Name.Contains("conv1", StringComparison.Ordinal)))
            state.Load(BitConverter.GetBytes(256L));
        trainer.Step(looking);
        var jump = looking.Take();
        var errors = jump.Single(s => s is { Layer: "conv1", Tensor: QuantizedTensor.E, IsAfter: true });
        Assert.That(errors.Beyond, Is.InRange(errors.Count / 20, errors.Saturated!.Value));
        var warnings = new TrainingChecks([]).Check(jump, new Ratio(8, 1)).Where(warning => warning.Layer == "conv1").ToList();
        Assert.That(
            warnings.Select(warning => warning.Problem), Is.SupersetOf(new[] { TrainingProblem.ErrorsSaturate, TrainingProblem.GradientsSaturate }));
        var warning = warnings.First(warning => warning.Problem == TrainingProblem.ErrorsSaturate);
        Assert.That(warning.Message, Does.Match(@"^conv1: \d+\.\d % of the errors that are not 0 are beyond their range and saturate"));
        Assert.That(warning.Remedy.ToString(), Does.Contain("ranges.momentum=1/2").And.Contain("ranges.E=current"));
    }

    /// <summary>Epochs of three steps, so that evaluations come between them.</summary>
    private static Trainer Start(IBackend backend) => TinyRun.Start(
        backend: backend, options: InHindsight, layers: TinyRun.NarrowLeNet(), data: Few, eta: new Ratio(8, 1));

    private static string States(Trainer trainer) => StoredTensors.Sha256(((ITrainable)trainer.Network).StoredStates);
}
