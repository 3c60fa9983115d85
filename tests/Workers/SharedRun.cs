using System.Security.Cryptography;
using Wage.Backends;
using Wage.Data;
using Wage.Numbers;
using Wage.Observation;
using Wage.Tests.Data;
using Wage.Training;
using Wage.Workers;

namespace Wage.Tests.Workers;

/// <summary>What a run of one or more workers ends with, as one of them sees it.</summary>
/// <param name="Weights">Their hash.</param>
/// <param name="Epochs">Every result.</param>
/// <param name="Statistics">What the observer of the first worker counted.</param>
/// <param name="State">The checkpoint, to continue from.</param>
/// <param name="File">The hash of the checkpoint's file.</param>
internal sealed record Outcome(string Weights, string Epochs, string Statistics, Checkpoint State, string File)
{
    /// <summary>The bytes that this worker sent and received, the exchanges that it began and the small ones.</summary>
    public (long Sent, long Received, int Exchanges, int Gathers) Traffic { get; init; }
}

/// <summary>The same short run by any number of workers that are threads, each with a network, a backend and a trainer of its own.</summary>
internal sealed record SharedRun
{
    public static readonly Dataset Digits = SyntheticDigits.Create(1, 60, 25);

    public int Batch { get; init; } = 20;

    public Dataset Data { get; init; } = Digits;

    public int Steps { get; init; } = 5;

    public Ratio Eta { get; init; } = new(4, 1);

    /// <summary>The step that is observed; -1: none.</summary>
    public int Observed { get; init; } = 1;

    /// <summary>Continues from here.</summary>
    public Checkpoint? From { get; init; }

    /// <summary>Makes the network for a slice of the batch.</summary>
    public required Func<BatchSlice, IBackend, ITrainable> Network { get; init; }

    /// <summary>Makes a worker's backend.</summary>
    public Func<int, IBackend> Backend { get; init; } = _ => new HostBackend(1);

    /// <summary>The outcome of all workers, which is one and the same.</summary>
    public Outcome By(int ranks)
    {
        var all = ThreadTransport.Run(ranks, Of);
        Assert.That(all.Select(one => (one.Weights, one.Epochs, one.File)), Is.All.EqualTo((all[0].Weights, all[0].Epochs, all[0].File)));
        return all[0];
    }

    /// <summary>The run of one worker.</summary>
    public Outcome Of(ThreadTransport transport)
    {
        using var backend = Backend(transport.Rank);
        using var network = Network(new BatchSlice(Batch, transport.Rank, transport.Size), backend);
        var workers = transport.Size == 1 ? null : new Collective(transport, backend);
        using var trainer = new Trainer(network, Data, new TrainingOptions(1, new LearningRate((0, Eta)), new Augmentation(2, false)), workers);
        using var statistics = new StepStatistics(network);
        if (From is null) network.Initialize(1);
        else trainer.Load(From);
        List<string> results = [];
        for (var i = 0; i < Steps; i++)
        {
            if (i == Observed) trainer.Step(statistics);
            else trainer.Step();
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) results.Add($"{trainer.FinishEpoch()}");
        }

        results.Add($"{trainer.TrainScore()}");
        var state = trainer.Save("config");
        using var scratch = new Scratch();
        var path = scratch.Path("checkpoint");
        state.Write(path);
        var seen = statistics.Take().Select(one => $"{one}: {string.Join(' ', one.Counts)}");
        return new Outcome(
            network.WeightsSha256(), string.Join('\n', results), string.Join('\n', seen), state,
            Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))))
        {
            Traffic = (workers?.Sent ?? 0, workers?.Received ?? 0, transport.Exchanges, transport.Gathers),
        };
    }
}
