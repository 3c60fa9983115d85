using Wage.Backends;
using Wage.Diagnostics;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Training;

namespace Wage.Tests.Diagnostics;

[Parallelizable]
public sealed class TimedBackendTests
{
    private const int Batch = TinyRun.Batch;
    private static readonly ConvGeometry First = ConvGeometry.Dense(Batch, 784, 16);
    private static readonly ConvGeometry Second = ConvGeometry.Dense(Batch, 16, 10);

    [Test]
    public void EveryMethodOfABackendIsCountedUnderItsName()
    {
        using var timed = new TimedBackend(new ReferenceBackend());
        foreach (var one in CaseTable.All.DistinctBy(one => one.Operation)) one.Run(timed);
        timed.Clear(timed.Allocate(ElementType.Int8, new Shape(1)));
        timed.TakeImages(new byte[24], new Shape(1, 2, 3, 4));
        var methods = typeof(IBackend).GetMethods().Where(method => !method.IsSpecialName).Select(method => method.Name);
        var cases = CaseTable.All.Select(one => one.Operation);
        var counted = timed.Totals.Select(row => row.Operation.Name).Distinct();
        // waiting is no operation, and a stage, a function, a statistic or a loss counts under its own name
        string[] uncounted =
        [
            nameof(IBackend.Synchronize), nameof(IBackend.Map), nameof(IBackend.Combine), nameof(IBackend.Reduce), nameof(IBackend.LossErrors),
            nameof(IBackend.ReduceColumns), nameof(IBackend.EachColumn), nameof(IBackend.MapColumns),
        ];
        Assert.That(counted, Is.EquivalentTo(methods.Except(uncounted).Union(cases)));
    }

    /// <summary>A member of the interface that has a default would otherwise be the default's, whatever the backend below says.</summary>
    [Test]
    public void EveryMemberOfABackendIsHandedOn()
    {
        var map = typeof(ForwardingBackend).GetInterfaceMap(typeof(IBackend));
        Assert.That(map.TargetMethods.Where(method => method.DeclaringType == typeof(IBackend)).Select(method => method.Name), Is.Empty);
        Assert.That(new TimedBackend(new PlanningBackend()).HasMemory, Is.False);
    }

    [Test]
    public void EveryOperationGivesTheIntegersOfTheBackendBelow()
    {
        var reference = new ReferenceBackend();
        var host = new HostBackend(2);
        using var timed = new TimedBackend(host);
        var differences = CaseTable.All.GroupBy(one => one.Operation)
            .Select(cases => cases.Last().Difference(reference, timed)).OfType<string>();
        Assert.That(differences, Is.Empty);
        Assert.That((timed.Name, timed.Description), Is.EqualTo((host.Name, host.Description)));
    }

    [Test]
    public void AMeasuredRunEndsWithTheSameWeights()
    {
        using var host = new HostBackend(2);
        using var timed = new TimedBackend(new HostBackend(2));
        var (plain, measured) = (TinyRun.Start(backend: host), TinyRun.Start(backend: timed));
        TinyRun.Steps(plain, 20);
        TinyRun.Steps(measured, 20);
        Assert.That(measured.Network.WeightsSha256(), Is.EqualTo(plain.Network.WeightsSha256()));
    }

    [Test]
    public void TheCallsProductsAndBytesOfAStepAreExact()
    {
        using var timed = new TimedBackend(new HostBackend(2));
        var trainer = TinyRun.Start(backend: timed);
        timed.Reset();
        for (var i = 0; i < 3; i++) trainer.Step();
        var (firstMacs, secondMacs) = (3 * Batch * 784 * 16, 3 * Batch * 16 * 10);
        Assert.That(
            Row(StageName<ActivationStage>.Convolve, First), Is.EqualTo((3, firstMacs, 3 * ((Batch * 784) + (16 * 784) + (2 * Batch * 16)))));
        Assert.That(
            Row(nameof(IBackend.Convolve), Second), Is.EqualTo((3, secondMacs, 3 * ((Batch * 16) + (10 * 16) + (4 * Batch * 10)))));
        Assert.That(
            Row(nameof(IBackend.ConvolveGradient), First), Is.EqualTo((3, firstMacs, 3 * ((Batch * 784) + (Batch * 16) + (4 * 16 * 784)))));
        Assert.That(
            Row(nameof(IBackend.ConvolveError), Second), Is.EqualTo((3, secondMacs, 3 * ((Batch * 10) + (10 * 16) + (4 * Batch * 16)))));
        Assert.That(Row(StageName<ShiftStage>.Map, null), Is.EqualTo((6, 0, 3 * 2 * ((784 * 16) + (16 * 10)))));
        var errors = timed.Totals.Count(row => row.Operation.Name == nameof(IBackend.ConvolveError));
        Assert.That(errors, Is.EqualTo(1), "the first layer needs no error");

        (long, long, long) Row(string name, ConvGeometry? g)
        {
            var row = timed.Totals.Single(row => row.Operation == new Operation(name, g));
            return (row.Calls, row.Macs, row.Bytes);
        }
    }

    [Test]
    public void WhilePausedAndAfterAResetNothingIsCounted()
    {
        using var timed = new TimedBackend(new ReferenceBackend());
        var trainer = TinyRun.Start(backend: timed);
        Assert.That(timed.Totals, Is.Not.Empty);
        timed.Reset();
        Assert.That(timed.Totals, Is.Empty);
        timed.Paused = true;
        trainer.Step();
        Assert.That(timed.Totals, Is.Empty);
        timed.Paused = false;
        trainer.Step();
        Assert.That(timed.Totals.Sum(row => row.Macs), Is.EqualTo((2 * First.MacsPerImage * Batch) + (3 * Second.MacsPerImage * Batch)));
    }

    [Test]
    public void AnOperationThatThrowsIsNotCounted()
    {
        using var timed = new TimedBackend(new ReferenceBackend());
        var tensor = timed.Allocate(ElementType.Int8, new Shape(2));
        Assert.That(() => timed.Upload<sbyte>([1, 2, 3], tensor), Throws.ArgumentException);
        Assert.That(timed.Totals.Select(row => row.Operation.Name), Is.EqualTo(new[] { nameof(IBackend.Allocate) }));
    }
}
