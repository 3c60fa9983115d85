using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Tests.Gpu;
using Wage.Training;

namespace Wage.Tests.Schemes.IntegerSgd;

/// <summary>A batch norm that does not learn: gamma and beta stay, it computes by what has run, and everything else learns.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class FrozenNormTests
{
    private static readonly string[] Norms = ["batchNorm1", "batchNorm3"], Fixups = ["fixup1", "fixup3"];

    [TestCase("projection"), TestCase("subsample"), TestCase("fixup"), TestCase("pooled")]
    public void GammaBetaAndWhatRunsStayAndAllElseLearns(string name)
    {
        using var backend = new HostBackend(1);
        var norms = name == "fixup" ? Fixups : Norms;
        var trainer = TinySgd.Start(name, backend, frozen: norms);
        IntegerSgdTests.Steps(trainer, 2);
        var (before, running) = (Values(trainer.Network.StoredWeights), Running());
        IntegerSgdTests.Steps(trainer, name == "fixup" ? 18 : 3);
        var after = Values(trainer.Network.StoredWeights);
        foreach (var (tensor, value) in after)
            Assert.That(value == before[tensor], Is.EqualTo(norms.Contains(tensor.Split('.')[0])), tensor);
        Assert.That(trainer.Network.Identity.Traits.Where(trait => trait.Name.EndsWith(".train", StringComparison.Ordinal)).Select(one => one.Name),
            Is.EqualTo(norms.Select(norm => norm + ".train")));
        foreach (var (state, value) in Running()) Assert.That(value == running[state], Is.EqualTo(norms.Contains(state.Split('.')[0])), state);

        Dictionary<string, string> Running() =>
            Values(trainer.Network.StoredStates.Where(one => one.Name.EndsWith(".running", StringComparison.Ordinal)));
    }

    [TestCase("projection"), TestCase("separable"), TestCase("fixup")]
    public void EveryBackendGivesTheSameBitsAndAResumeToo(string name)
    {
        var norms = name == "fixup" ? Fixups : Norms;
        var expected = Bits(TinySgd.Start(name, frozen: norms), 6);
        using var one = new HostBackend(1);
        using var two = new HostBackend(2);
        Assert.That(Bits(TinySgd.Start(name, two, frozen: norms), 6), Is.EqualTo(expected));
        var (first, resumed) = (TinySgd.Start(name, one, frozen: norms), TinySgd.Start(name, one, frozen: norms));
        IntegerSgdTests.Steps(first, 4);
        resumed.Load(first.Save(""));
        Assert.That(Bits(resumed, 2), Is.EqualTo(expected));
        var learning = TinySgd.Start(name, one);
        Assert.That(
            () => learning.Load(first.Save("")), Throws.TypeOf<WageException>().With.Message.Contains($"{norms[0]}.train is false"));
        if (name != "separable") return;
        using var device = Lent.Device();
        Assert.That(Bits(TinySgd.Start(name, device.Backend, frozen: norms), 6), Is.EqualTo(expected));
    }

    /// <summary>With what a run of other steps has left, the scores of a step are those of the plan, but for what is rounded on the way.</summary>
    [Test]
    public void ItComputesAsInAnEvaluation()
    {
        using var backend = new HostBackend(1);
        var learned = TinySgd.Start("projection", backend);
        IntegerSgdTests.Steps(learned, 24);
        string[] all = [.. Enumerable.Range(1, 9).Select(i => $"batchNorm{i}")];
        var (frozen, network) = (TinySgd.Start("projection", backend, frozen: all), (Network)learned.Network);
        foreach (var (to, from) in frozen.Network.StoredWeights.Zip(learned.Network.StoredWeights)) from.Lend(bytes => to.Load(bytes));
        foreach (var to in frozen.Network.StoredStates)
            learned.Network.StoredStates.FirstOrDefault(from => from.Name == to.Name)?.Lend(bytes => to.Load(bytes));
        var images = TinySgd.Quarters.Test;
        using var scores = new NetworkScores(network, owns: false);
        var expected = scores.Scores(images.Pixels, images.Count)[..(TinySgd.Batch * 10)];
        Assert.That(Distance((Network)frozen.Network), Is.LessThan(Distance(network) / 4));

        double Distance(Network other)
        {
            var source = ((ITrainable)other).Take(images);
            source.Load(0, default, default);
            foreach (var w in other.Parameters) w.Use(default);
            var signal = other.Forward(default(StepContext));
            var found = new int[expected.Length];
            other.Backend.Download(signal.Values, found);
            return found.Zip(expected, (a, b) => Math.Abs((double)(a - b))).Sum();
        }
    }

    [TestCase("float32"), TestCase("affine"), TestCase("sq")]
    public void FloatSchemesKeepGammaAndBetaToo(string scheme)
    {
        using var backend = new HostBackend(1);
        var model = ModelSpec.ResNet(1, 4, 10).WithBatchNorm() with
        {
            Image = (8, 8, 2),
            Options = [.. Norms.Select(norm => new LayerOption(norm, LayerOption.Train, "false"))],
        };
        using var network = (FloatNetwork)model.Build(
            SchemeRegistry.Require(scheme).Settings(), new SoftmaxCrossEntropy(), TinySgd.Batch, backend, input: InputRange.Unit);
        network.Initialize(1);
        var trainer = new Trainer(network, TinySgd.Quarters, new TrainingOptions(1, new LearningRate((0, new Ratio(1, 10)))));
        var before = Values(network.StoredWeights);
        IntegerSgdTests.Steps(trainer, 3);
        foreach (var (tensor, value) in Values(network.StoredWeights).Where(one => one.Key.Contains("Norm", StringComparison.Ordinal)))
            Assert.That(value == before[tensor], Is.EqualTo(Norms.Contains(tensor.Split('.')[0])), tensor);
    }

    [Test]
    public void ABatchNormHasNoSchemeOfItsOwn() => Assert.That(
        () => new Network(
            TinySgd.Layers("pooled"), SchemeRegistry.Create("integer-sgd"), new SoftmaxCrossEntropy(), new(4, 8, 8, 2), new ReferenceBackend(),
            layerSchemes: new Dictionary<string, Scheme> { ["batchNorm2"] = SchemeRegistry.Create("integer-sgd") }),
        Throws.TypeOf<WageException>().With.Message.EqualTo(
            "layers: batchNorm2 is a batch norm, which has no scheme of its own. HINT: give it to the product before it."));

    private static Dictionary<string, string> Values(IEnumerable<IStoredTensor> tensors)
    {
        var all = new Dictionary<string, string>();
        foreach (var tensor in tensors) tensor.Lend(bytes => all[tensor.Name] = Convert.ToHexString(bytes));
        return all;
    }

    private static string Bits(Trainer trainer, int steps)
    {
        IntegerSgdTests.Steps(trainer, steps);
        return trainer.Network.WeightsSha256() + IntegerSgdTests.States(trainer);
    }
}
