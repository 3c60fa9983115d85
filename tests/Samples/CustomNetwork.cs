using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Own;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Samples;

/// <summary>A network of one's own on images of one's own, with bit widths by layer and a new range rule.</summary>
public static class CustomNetwork
{
    public static Network Train(ReadOnlySpan<byte> pixels, ReadOnlySpan<byte> labels, Dataset test, IBackend backend, Action<string> log)
    {
        var data = test with { Train = ImageSet.Copy(pixels, labels, 28, 28, 1) };
        var fine = new WageOptions { Bits = new BitWidths(4, 8, 9, 8) }.ToScheme();
        var wide = new ComposedScheme(fine, "activations from -2 to 2", a: new WideActivations(8));
        Layer[] layers =
        [
            new Conv2d(8, 5, stride: 2) { Scheme = fine }, new MaxPool2d(2), new Relu(), new Quantize { Scheme = wide },
            new Dense(64), new Relu(), new Quantize(),
            new Dense(10) { Scheme = fine },
        ];
        var network = new Network(layers, new WageOptions().ToScheme(), new SquaredError(), images: new Shape(32, 28, 28, 1), backend);
        network.Initialize(seed: 1);
        using var trainer = new Trainer(network, data, new TrainingOptions(Seed: 1, new LearningRate((0, new Ratio(4, 1)), (4, new Ratio(1, 1)))));
        trainer.Run(epochs: 5, result => log($"epoch {result.Epoch}: {result.Test.Wrong} of {result.Test.Counted} wrong"));
        return network;
    }
}
