using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Simulation;

/// <summary>Float32 perceptrons that train on a few synthetic digits in a moment.</summary>
internal static class FloatRuns
{
    public static readonly Dataset Digits = SyntheticDigits.Create(1, 300, 60);

    public static Trainer Start(IBackend backend, ulong seed = 1, Loss? loss = null, Ratio? momentum = null, Ratio? eta = null)
    {
        var network = Network(backend, loss, momentum);
        network.Initialize(seed);
        return new Trainer(network, Digits, new TrainingOptions(seed, new LearningRate((0, eta ?? new Ratio(1, 10))), new Augmentation(2, false)));
    }

    public static FloatNetwork Network(IBackend backend, Loss? loss = null, Ratio? momentum = null, int batch = 20) => new(
        ModelSpec.Mlp(33, 16, 10).Layers, loss ?? new SoftmaxCrossEntropy(), new Shape(batch, 28, 28, 1), backend, InputRange.Unit,
        FloatOptimizer.Sgd(momentum));

    public static Trainer Steps(Trainer trainer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            trainer.Step();
            if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch();
        }

        return trainer;
    }

    public static string End(Trainer trainer) => $"{trainer.Network.WeightsSha256()} {trainer.TrainScore()} {trainer.Last}";
}
