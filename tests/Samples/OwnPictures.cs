using Wage.Backends;
using Wage.Data;
using Wage.Images;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Tests.Samples;

/// <summary>A folder of pictures, trained, validated, stopped early, evaluated by class and asked about a file.</summary>
public static class OwnPictures
{
    public static string Run(string folder, string checkpoint, string picture, Action<string> log)
    {
        var all = ImageFolder.Load(folder, new DatasetOptions());
        var (train, validation) = DatasetSplit.Take(all.Train, new Portion(20, IsPercent: true), seed: 1, index: 1, "validation");
        var data = all with { Train = train, Validation = validation };
        LayerSpec[] relu = [new ReluSpec(), new QuantizeSpec()];
        var model = new ModelSpec(
            [new ConvSpec(16, (5, 5), ConvPadding.Same), new MaxPoolSpec(2, 2), .. relu, new DenseSpec(64), .. relu, new DenseSpec(data.Classes)])
        { Image = (20, 14, 1), Options = [new("conv1", "kW", "4"), new("dense1", "kW", "4"), new("dense2", "kW", "6")] };
        using var backend = new HostBackend();
        using var network = model.Build(SchemeRegistry.Default.Settings(), new SquaredError(), batch: 8, backend, input: InputRange.Unit);
        network.Initialize(seed: 1);
        var options = new TrainingOptions(Seed: 1, new LearningRate((0, new Ratio(4, 1))), new Augmentation(1, false)) { Patience = 5 };
        using var trainer = new Trainer(network, data, options);
        trainer.Run(epochs: 40, epoch => { if (epoch == trainer.Best) trainer.Write(checkpoint, config: ""); });

        using var predictor = Predictor.Load(checkpoint);
        var answers = predictor.Predict(data.Test.Pixels, data.Test.Count).Zip(data.Test.Labels);
        foreach (var each in answers.GroupBy(answer => data.ClassNames[answer.Second]).OrderBy(each => each.Key))
            log($"{each.Key}: {each.Count(answer => answer.First.Class == answer.Second)} of {each.Count()}");
        return predictor.Predict(ImageFile.Read(picture, predictor.Preparation)).Name;
    }
}
