using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Simulation.Calibration;
using Wage.Simulation.Compression;
using Wage.Training;

namespace Wage.Tests.Samples;

public static class SmallerModels
{
    public static void Make(Dataset data, string compressed, string integers)
    {
        var model = ModelSpec.Mlp(32, data.Classes) with { Image = (28, 28, 1) };
        using var backend = new HostBackend();
        using var network = model.Build(
            SchemeRegistry.Require("float32").Settings(("momentum", "9/10")), new SoftmaxCrossEntropy(), batch: 20, backend, input: InputRange.Unit);
        network.Initialize(seed: 1);
        using var trainer = new Trainer(network, data, new TrainingOptions(Seed: 1, new LearningRate((0, new Ratio(1, 16)))));
        trainer.Run(epochs: 3, _ => { });
        var trained = trainer.Save(config: "");                                // or Checkpoint.Read("runs/first/best.wage")

        CompressedWeights.Of(WeightSet.Of(trained), bits: 8, Granularity.Channel).Write(compressed);

        using var calibrated = new PostTraining(
            model, SchemeRegistry.Require("affine").Settings(), new SoftmaxCrossEntropy(), batch: 20, backend, InputRange.Unit, trained);
        calibrated.Calibrate(data.Train.Take(64), new CalibrationOptions(CalibrationMethod.Percentile));
        new ModelPlanFile(calibrated.Network.ToPlan(), data.Description).Write(integers);
    }
}
