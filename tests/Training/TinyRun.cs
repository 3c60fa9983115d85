using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>A perceptron that trains on a few drawn digits in a second or two.</summary>
internal static class TinyRun
{
    public const int Batch = 20;

    public static readonly Dataset Digits = SyntheticDigits.Create(1, 300, 60);

    public static Trainer Start(
        ulong seed = 1, IBackend? backend = null, WageOptions? options = null, IReadOnlyList<Layer>? layers = null,
        Dataset? data = null, Ratio? eta = null, bool fuse = true)
    {
        var set = data ?? Digits;
        var shape = new Shape(Batch, set.Train.Height, set.Train.Width, set.Train.Channels);
        var network = new Network(
            layers ?? Model.Mlp(16, 10), new WageScheme(options ?? new WageOptions()), new SquaredError(), shape,
            backend ?? new ReferenceBackend(), fuse: fuse);
        network.Initialize(seed);
        return new Trainer(network, set, new TrainingOptions(seed, new LearningRate((0, eta ?? new Ratio(2, 1))), new Augmentation(2, false)));
    }

    public static void Steps(Trainer trainer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            trainer.Step();
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
        }
    }
}
