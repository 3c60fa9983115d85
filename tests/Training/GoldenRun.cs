using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Wage.Backends;
using Wage.Data;
using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Tests.Observation;
using Wage.Training;

namespace Wage.Tests.Training;

/// <summary>
/// A short run whose bits are frozen: six steps of ten images, over the end of an epoch of four steps. Its data are 28x28 digits or, where the model
/// is for CIFAR-10, images of that size.
/// </summary>
/// <param name="Name">The record's name.</param>
/// <param name="Model">The layers in words.</param>
/// <param name="Layers">The layers, anew for each network.</param>
/// <param name="Options">The scheme.</param>
internal sealed record GoldenRun(string Name, string Model, Func<IReadOnlyList<Layer>> Layers, WageOptions Options)
{
    private const int Steps = 6;
    private const int Batch = 10;
    private static readonly Dataset Digits = SyntheticDigits.Create(4, 45, 25);
    private static readonly Dataset Colours = TinyRun.Coloured(6, 45, 25);

    public bool Coloured { get; init; }

    public bool CrossEntropy { get; init; }

    /// <summary>Options that there were when the record was made and that changed no integer.</summary>
    public IReadOnlyList<string> Former { get; init; } = [];

    /// <summary>eta of the first epoch: by default so much that used weights change in a step or two.</summary>
    public Ratio Eta { get; init; } = new(32, 1);

    public InputRange Input { get; init; }

    public AccumulatorWidth Accumulator { get; init; }

    /// <summary>A scheme of another kind in place of the options.</summary>
    public Func<Scheme>? Other { get; init; }

    /// <summary>All of the run in words; two runs of one description have the same bits.</summary>
    public string Description => $"{Recipe}; {Accumulator} accumulators";

    /// <summary>The description without the accumulators' type, on which no weight depends.</summary>
    public string Recipe => string.Create(
        CultureInfo.InvariantCulture,
        $"{Model}; {Way}; {Loss.Name}; eta {Eta} and {SecondEta}; {Input} input; {Steps} steps of {Batch} images");

    private string Way => Other?.Invoke().Name ?? $"{Options.Bits}{Changed}";

    private Ratio SecondEta => new(3 * Eta.Numerator, 7 * Eta.Denominator);

    private Loss Loss => CrossEntropy ? new SoftmaxCrossEntropy() : new SquaredError();

    /// <summary>The options that are not the default ones.</summary>
    private string Changed => string.Concat(
        (from option in typeof(WageOptions).GetProperties()
         where option.Name != nameof(WageOptions.Bits) && option is { GetMethod.IsStatic: false, CanWrite: true }
         let value = option.GetValue(Options)
         where !Equals(value, option.GetValue(new WageOptions()))
         select string.Create(CultureInfo.InvariantCulture, $"; {option.Name} {value}")).Concat(Former).Order(StringComparer.Ordinal));

    /// <summary>Trains, and gives the record. An unobserved run has none of the shown tensors.</summary>
    public GoldenRecord Execute(IBackend backend, bool fuse = true, bool observe = true)
    {
        var data = Coloured ? Colours : Digits;
        var network = new Network(
            Layers(), Other?.Invoke() ?? Options.ToScheme(), Loss, new Shape(Batch, data.Train.Height, data.Train.Width, data.Train.Channels),
            backend, Accumulator, Input, fuse);
        network.Initialize(7);
        var rate = new LearningRate((0, Eta), (1, SecondEta));
        var trainer = new Trainer(network, data, new TrainingOptions(7, rate, Coloured ? Augmentation.Cifar : new Augmentation(2, false)));
        var (scores, shown) = (new StringBuilder(), new ShownTensors(backend));
        for (var step = 0; step < Steps; step++)
        {
            if (observe) trainer.Step(shown);
            else trainer.Step();
            shown.EndStep();
            if (trainer.StepInEpoch < trainer.StepsPerEpoch) continue;
            var result = trainer.FinishEpoch();
            Add(scores, result.Train);
            Add(scores, result.Test);
        }

        Add(scores, trainer.TrainScore());
        return new GoldenRecord(network.WeightsSha256(), Sha256(scores.ToString()), observe ? shown.Sha256() : "");
    }

    public override string ToString() => Name;

    private static void Add(StringBuilder scores, in Score score) => scores.Append(
        CultureInfo.InvariantCulture, $"{score.LossSum} {score.LossFractionBits} {score.Correct} {score.Counted}\n");

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>The SHA-256 of a run's last weights, of its train and test scores, and of every tensor that an observer is shown.</summary>
internal sealed record GoldenRecord(string Weights, string Scores, string Shown);
