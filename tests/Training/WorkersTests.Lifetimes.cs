using Wage.Backends;
using Wage.Numbers;
using Wage.Observation;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Data;
using Wage.Tests.Workers;
using Wage.Training;
using Wage.Workers;

namespace Wage.Tests.Training;

/// <content>What workers leave behind, and what they refuse.</content>
public sealed partial class WorkersTests
{
    /// <summary>A transport writes into memory of exchanges that are under way: none is, when a checkpoint was written or the network ends.</summary>
    [Test]
    public void NoExchangeIsUnderWayAfterACheckpointOrTheNetworksEnd([Values] bool writes)
    {
        var run = Run(new WageOptions(), convolutions: false);
        var left = ThreadTransport.Run(3, transport =>
        {
            using var backend = new HostBackend(1);
            using var network = run.Network(new BatchSlice(20, transport.Rank, 3), backend);
            using var trainer = Trained(network, new Collective(transport, backend));
            var before = transport.UnderWay;
            using var scratch = new Scratch();
            if (writes) trainer.Write(scratch.Path("checkpoint"), "config");
            else network.Dispose();
            return (before, transport.UnderWay);
        });
        Assert.That(left, Is.All.EqualTo((2, 0)));
    }

    [Test]
    public void ObservedStepsShowTheWholeBatchInTheSameMemory()
    {
        var run = Run(new WageOptions(), convolutions: false);
        var shown = ThreadTransport.Run(2, transport =>
        {
            using var backend = new HostBackend(1);
            using var network = run.Network(new BatchSlice(20, transport.Rank, 2), backend);
            using var trainer = Trained(network, new Collective(transport, backend), steps: 0);
            var images = new Images();
            trainer.Step(images);
            trainer.Step();
            trainer.Step(images);
            return images.Seen.ToArray();
        })[0];
        Assert.That(shown, Has.Length.EqualTo(2));
        Assert.That(shown[1].Address, Is.EqualTo(shown[0].Address));
    }

    /// <summary>Each tensor once as it is seen and once as a message; of those that may be shown, some are not.</summary>
    [TestCase(false, 1.01), TestCase(true, 1.2)]
    public void ThePlanCountsWhatObservedStepsGather(bool isSgd, double atMost)
    {
        var run = isSgd ? Sgd("pooled") : Run(new WageOptions());
        var gathered = ThreadTransport.Run(2, transport =>
        {
            using var backend = new HostBackend(1);
            using var network = run.Network(new BatchSlice(run.Batch, transport.Rank, 2), backend);
            var trainer = new Trainer(
                network, run.Data, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 10)))), new Collective(transport, backend));
            network.Initialize(1);
            trainer.Step(new Images());
            return ((Network)network).Gathered;
        })[0];
        Assert.That(gathered.Bytes, Is.Positive.And.LessThanOrEqualTo(gathered.Most).And.GreaterThanOrEqualTo(gathered.Most / atMost));
        var (shared, alone) = (Observation(2), Observation(1));
        Assert.That(shared - alone, Is.GreaterThan(gathered.Most / 2));

        long Observation(int ranks) =>
            run.Network(new BatchSlice(run.Batch, 0, ranks), new PlanningBackend()).PlanMemory(1)[MemoryKind.Observation];
    }

    /// <summary>Others that know the same ranks take over, with a ledger of their own.</summary>
    [Test]
    public void ANetworkExchangesThroughTheWorkersOfItsStep()
    {
        var run = Run(new WageOptions(), convolutions: false);
        var sent = ThreadTransport.Run(2, transport =>
        {
            using var backend = new HostBackend(1);
            using var network = run.Network(new BatchSlice(20, transport.Rank, 2), backend);
            var (first, second) = (new Collective(transport, backend), new Collective(transport, backend));
            using var one = Trained(network, first, steps: 2);
            network.Receive();
            var before = first.Sent;
            using var other = Trained(network, second, steps: 1);
            return (first.Sent - before, second.Sent - ((Network)network).StepBytes(transport.Rank) is >= 0 and < 100);
        });
        Assert.That(sent, Is.All.EqualTo((0, true)));
    }

    [Test]
    public void TheWorkersComputeWhereTheNetworkDoes()
    {
        var message = Assert.Throws<ArgumentException>(() => ThreadTransport.Run(2, transport =>
        {
            var network = Lenet(new BatchSlice(20, transport.Rank, 2), new ReferenceBackend());
            return Trained(network, new Collective(transport, new ReferenceBackend()), steps: 0);
        }))!.Message;
        Assert.That(message, Does.StartWith("the workers' tensors live on another backend than the network's"));
    }

    /// <summary>Whoever is wrong, all of them answer.</summary>
    [Test]
    public void NoObserverAndOneOfARankAloneAreRefused([Values(0, 1)] int wrong)
    {
        var answers = ThreadTransport.Run(2, transport =>
        {
            using var backend = new HostBackend(1);
            using var network = Small().Network(new BatchSlice(20, transport.Rank, 2), backend);
            using var trainer = Trained(network, new Collective(transport, backend), steps: 0);
            var none = Assert.Throws<ArgumentNullException>(() => trainer.Step(transport.Rank == wrong ? null! : new Images()))!.ParamName;
            if (transport.Rank != wrong) return (none, "");
            network.Observer = new Images();
            return (none, Assert.Throws<InvalidOperationException>(trainer.Step)!.Message);
        });
        Assert.That(answers[wrong].Item2, Does.Contain("Step(observer)"));
        Assert.That(answers.Select(answer => answer.none), Is.All.EqualTo("observer"));

        static SharedRun Small() => Run(new WageOptions(), convolutions: false);
    }

    private static Trainer Trained(ITrainable network, Collective workers, int steps = 1)
    {
        var trainer = new Trainer(network, SharedRun.Digits, new TrainingOptions(1, new LearningRate((0, new Ratio(4, 1)))), workers);
        network.Initialize(1);
        for (var i = 0; i < steps; i++) trainer.Step();
        return trainer;
    }

    private sealed class Images : IStepObserver
    {
        public List<HostTensor> Seen { get; } = [];

        public void See(in StepTensor tensor)
        {
            if (tensor.Quantity == Quantity.Images) Seen.Add((HostTensor)tensor.Values);
        }
    }
}
