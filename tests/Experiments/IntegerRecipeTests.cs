using System.Buffers.Binary;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>Recipes of integer-sgd and their twins in float32.</summary>
[Parallelizable]
internal sealed class IntegerRecipeTests
{
    private static readonly string[] Twins = ["resnet20-short-cifar10", "resnet8-short-cifar10", "resnet-small-mnist"];

    [TestCaseSource(nameof(Twins))]
    public void ATwinDiffersInTheSchemeAlone(string name)
    {
        var (integers, floats) = (RecipeCatalog.Load($"integer-{name}", []), RecipeCatalog.Load($"float32-{name}", []));
        string[] words = ["name", "paper", "published", "expected", "duration"];
        Assert.That(integers.Differences(floats).Except(words).Where(key => !key.StartsWith("scheme.", StringComparison.Ordinal)), Is.Empty);
        Assert.That(new[] { "momentum", "weightDecay" }.Select(key => integers[$"scheme.{key}"]),
            Is.EqualTo(new[] { "momentum", "weightDecay" }.Select(key => floats[$"scheme.{key}"])));
    }

    /// <summary>Weights in use, activations, stored weights, errors: those of the blocks, not of the image and of the loss.</summary>
    [Test]
    public void TheBitsAreThoseOfTheBlocks()
    {
        Assert.That(Bits(), Is.EqualTo("8-8-32-8"));
        Assert.That(Bits(("kW", "2"), ("kA", "7"), ("masters", "16"), ("kE", "6")), Is.EqualTo("2-7-16-6"));

        static string Bits(params (string Option, string Value)[] set) => RecipeCatalog.Load(
            "integer-resnet8-short-cifar10", [.. set.Select(one => new GivenValue($"scheme.{one.Option}", one.Value, "test"))]).Bits.ToString();
    }

    [TestCase("projection")]
    [TestCase("subsample")]
    public void ATwinBeginsWithTheSameWeights(string shortcut)
    {
        string[] settings = ["training.batch=2", "model.width=4", $"model.shortcut={shortcut}"];
        using var integers = Begun("integer-resnet8-short-cifar10");
        using var floats = Begun("float32-resnet8-short-cifar10");
        var expected = floats.StoredWeights.ToDictionary(w => w.Name, Bytes);
        Assert.That(integers.StoredWeights.Select(w => w.Name), Is.EqualTo(expected.Keys.Where(name => name != "dense1.bias")));
        foreach (var w in integers.StoredWeights)
        {
            var (codes, values) = (Bytes(w), expected[w.Name]);
            Assert.That(values, Has.Length.EqualTo(codes.Length), w.Name);
            for (var at = 0; at < codes.Length; at += sizeof(int))
            {
                var value = (float)Math.ScaleB(BinaryPrimitives.ReadInt32LittleEndian(codes.AsSpan(at)), -24);
                if (value != BinaryPrimitives.ReadSingleLittleEndian(values.AsSpan(at))) Assert.Fail($"{w.Name}[{at / sizeof(int)}]");
            }
        }

        ITrainable Begun(string name)
        {
            var network = RunBuilder.BuildNetwork(RecipeCatalog.Load(name, settings.Select(GivenValue.FromSetting)), Devices.Create("reference", 0));
            network.Initialize(5);
            return network;
        }

        static byte[] Bytes(IStoredTensor w) => w.Saved(withBytes: true).Bytes;
    }
}
