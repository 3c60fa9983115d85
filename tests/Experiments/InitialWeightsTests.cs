using System.IO.Compression;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Files;
using Wage.Training;

namespace Wage.Tests.Experiments;

/// <summary>`model.initial`, and layers that do not learn, in recipes.</summary>
[Parallelizable]
internal sealed class InitialWeightsTests
{
    private const string Short = """
        data: { set: digits, train: 60, test: 20 }
        model: { kind: mlp, sizes: [12, 8, 10] }
        training: { epochs: 1, batch: 20, eta: 4 }
        """;

    [TestCase("wage"), TestCase("float32")]
    public void ARunStartsFromACheckpointAndFrozenLayersKeepIt(string scheme)
    {
        using var scratch = new ScratchFolder();
        var more = scheme == "wage" ? "" : "\nscheme: float32\nloss: crossEntropy\ndata.input: unit\n";
        Write(scratch, "first.yaml", Short.Replace("eta: 4", scheme == "wage" ? "eta: 4" : "eta: 1/16", StringComparison.Ordinal) + more);
        CommandLine.Do("train", scratch.In("first.yaml"), "--out", scratch.In("first"));
        Write(scratch, "second.yaml", "extends: first.yaml\nmodel.initial: first\nlayers: { dense1: { train: false } }\ntraining.seed: 9\n");
        CommandLine.Do("train", scratch.In("second.yaml"), "--out", scratch.In("second"));
        var (start, end) = (Weights(scratch, "first/best.wage"), Weights(scratch, "second/last.wage"));
        Assert.That(end["dense1"], Is.EqualTo(start["dense1"]));
        Assert.That(end["dense2"], Is.Not.EqualTo(start["dense2"]));
        var sha = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(scratch.In("first/best.wage"))));
        Assert.That(File.ReadAllText(scratch.Run("second").EnvironmentPath), Does.Contain($"\"initialWeights\": \"{sha}\""));
        var config = scratch.Run("second").ReadConfig();
        Assert.That((config["model.initial"], config["layers.dense1.train"]), Is.EqualTo((scratch.In("first"), "false")));
        Directory.Move(scratch.In("first"), scratch.In("gone"));
        CommandLine.Do("train", "--out", scratch.In("second"), "--resume", "--epochs", "2");
        Assert.That(CommandLine.Do("show", scratch.In("second")), Does.Contain("layers.dense1 differs: train false."));
        Assert.That(CommandLine.Do("eval", scratch.In("second")), Does.Contain("test error"));
        Assert.That(CommandLine.Refusal("train", scratch.In("second.yaml"), "--out", scratch.In("third")), Does.Contain("first"));
    }

    /// <summary>An evaluation before any step gives the scores that the other run ended with: averages and units come, velocities do not.</summary>
    [Test]
    public void ARunOfIntegerSgdStartsWhereTheOtherHasEnded()
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "first.yaml", """
            data: { set: digits, train: 60, test: 20 }
            model:
              layers: [{ conv: 3, kernel: 3 }, batchNorm, relu, { averagePool: 8 }, { conv: 3, kernel: 1 }, batchNorm, relu, flatten, { dense: 10 }]
            scheme: { kind: integer-sgd, kW: 4 }
            loss: crossEntropy
            training: { epochs: 2, batch: 20, eta: 1/10 }
            layers: { dense1: { kW: 8 } }
            """);
        Write(scratch, "second.yaml", "extends: first.yaml\nmodel.initial: first/last.wage\ntraining.seed: 9\n");
        CommandLine.Do("train", scratch.In("first.yaml"), "--out", scratch.In("first"));
        using var backend = new Wage.Backends.HostBackend(1);
        using var ended = SavedRun.Open(scratch.In("first/last.wage")).Network(backend, 20);
        Assert.That(Scores(Second()), Is.EqualTo(Scores(ended)));
        string[] running = ["batchNorm1.running", "batchNorm2.running"], shifts = ["conv1.W.shift", "conv2.W.shift"];
        Assert.That(Taken(), Is.EquivalentTo([.. running, .. shifts, "average1.A.exponent", "conv1.A.exponent", "conv2.A.exponent"]));
        Assert.That(
            Taken("model.initialLayers", "conv2,batchNorm1").Except(shifts), Is.EquivalentTo(["batchNorm1.running", "conv2.A.exponent"]));
        Assert.That(
            Assert.Throws<WageException>(() => Second("scheme.masters", "16"))!.Message,
            Does.Contain("conv1 is stored with 32 bits, in the model with 16; conv2 is stored").And.Not.Contain("Norm"));
        Assert.That(Taken("scheme.kA", "6"), Is.EquivalentTo([.. running, .. shifts]));

        ITrainable Second(params string[] setting)
        {
            GivenValue[] given = setting.Length == 0 ? [] : [new GivenValue(setting[0], setting[1], "test")];
            var recipe = RecipeCatalog.Load(scratch.In("second.yaml"), given);
            var network = RunBuilder.BuildNetwork(recipe, backend);
            network.Initialize(9);
            InitialWeights.Load(recipe, network);
            return network;
        }

        string[] Taken(params string[] setting)
        {
            using var network = Second(setting);
            var there = SavedRun.Open(scratch.In("first/last.wage")).Checkpoint.States.ToDictionary(state => state.Name, state => state.Bytes);
            return [.. network.StoredStates.Where(state => IsEqual(state, there[state.Name])).Select(state => state.Name)];
        }

        static bool IsEqual(IStoredTensor state, byte[] bytes)
        {
            var equal = false;
            state.Lend(own => equal = own.SequenceEqual(bytes));
            return equal;
        }

        static long[] Scores(ITrainable network)
        {
            using var scores = new Wage.Models.NetworkScores(network, owns: false);
            var images = Wage.Data.SyntheticDigits.Create(1, 60, 20).Test;
            return scores.Scores(images.Pixels, images.Count);
        }
    }

    [Test]
    public void EveryMismatchIsListedAtOnce()
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "first.yaml", Short);
        CommandLine.Do("train", scratch.In("first.yaml"), "--out", scratch.In("first"));
        const string other = "extends: first.yaml\nmodel: { sizes: [12, 9, 10], initial: first/last.wage }\nlayers: { dense1: { kG: 6 } }\n";
        Write(scratch, "second.yaml", other);
        Assert.That(CommandLine.Refusal("train", scratch.In("second.yaml"), "--out", scratch.In("second")), Does.Contain(
            "last.wage does not fit the model: dense1 is stored with 8 bits, in the model with 6; dense2 is [8,12], in the model [9,12]; " +
            "dense3 is [10,8], in the model [10,9]. HINT: model.initialLayers takes the layers that fit, for example model.initialLayers: dense1."));
        Assert.That(scratch.Run("second").HoldsRun, Is.False);
        string[] some = ["train", scratch.In("second.yaml"), "--set", "layers.dense1.kG=8"];
        CommandLine.Do([.. some, "model.initialLayers=dense1", "layers.dense1.train=false", "--out", scratch.In("second")]);
        Assert.That(Weights(scratch, "second/last.wage")["dense1"], Is.EqualTo(Weights(scratch, "first/last.wage")["dense1"]));
        Assert.That(CommandLine.Refusal([.. some, "model.initialLayers=dens1", "--out", scratch.In("x")]), Does.Contain("did you mean dense1?"));
    }

    [Test]
    public void AnArchiveOfCodesOrOfWeightsStartsARun()
    {
        using var scratch = new ScratchFolder();
        var one = Short.Replace("[12, 8, 10]", "[10]", StringComparison.Ordinal);
        Write(scratch, "a.yaml", one + "\nmodel.initial: w.npz\nlayers: { dense1: { train: false } }\n");
        Assert.That(CommandLine.Refusal("show", scratch.In("a.yaml")), Does.Contain("there is nothing to train"));
        var recipe = RecipeCatalog.Load(scratch.In("a.yaml"), [GivenValue.FromSetting("layers.dense1.train=true")]);
        var codes = Enumerable.Range(0, 7840).Select(i => (sbyte)((i % 129) - 64)).ToArray();
        NpyFile.Write<sbyte>(scratch.In("dense1.npy"), codes, 10, 784);
        Zip(scratch, "w.npz", ("dense1", File.ReadAllBytes(scratch.In("dense1.npy"))));
        Assert.That(Start(recipe), Is.EqualTo(codes));
        Zip(scratch, "w.npz", ("dense1", Floats([.. codes.Select(code => code / 128f)])));
        Assert.That(Start(recipe), Is.EqualTo(codes), "floats are weights: the code is 128 times as much");
        codes[5] = -128;
        NpyFile.Write<sbyte>(scratch.In("dense1.npy"), codes, 10, 784);
        Zip(scratch, "w.npz", ("dense1", File.ReadAllBytes(scratch.In("dense1.npy"))), ("dens2", Floats(new float[7840])));
        Assert.That(() => Start(recipe), Throws.TypeOf<WageException>().With.Message.Contains("dense1 has -128 at 5, but codes are from -127 to 127")
            .And.Message.Contains("the model has no dens2"));
    }

    /// <summary>What scales and shifts a batch norm is stored on a grid of its own, whatever the weights' masters are.</summary>
    [Test]
    public void FloatsOfABatchNormAreTakenOnItsOwnGrid([Values(16, 32)] int masters)
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "a.yaml", $$"""
            data: { set: digits, train: 60, test: 20 }
            model:
              initial: w.npz
              initialLayers: batchNorm1
              layers: [{ conv: 2, kernel: 3 }, batchNorm, relu, flatten, { dense: 10 }]
            scheme: { kind: integer-sgd, masters: {{masters}} }
            loss: crossEntropy
            training: { epochs: 1, batch: 20, eta: 1/10 }
            """);
        Zip(scratch, "w.npz", ("batchNorm1.gamma", Floats([0.5f, -1.25f], "2,")), ("batchNorm1.beta", Floats([3, -0.0625f], "2,")));
        var network = RunBuilder.BuildNetwork(RecipeCatalog.Load(scratch.In("a.yaml"), []), new Wage.Backends.HostBackend(1));
        network.Initialize(1);
        InitialWeights.Load(RecipeCatalog.Load(scratch.In("a.yaml"), []), network);
        Assert.That(Stored("batchNorm1.gamma"), Is.EqualTo(new[] { 1 << 23, -5 << 22 }));
        Assert.That(Stored("batchNorm1.beta"), Is.EqualTo(new[] { 3 << 24, -1 << 20 }));

        int[] Stored(string name)
        {
            int[] values = [];
            network.StoredWeights.Single(one => one.Name == name).Lend(
                bytes => values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(bytes).ToArray());
            return values;
        }
    }

    [Test]
    public void AHostileArchiveIsRefusedInALine()
    {
        using var scratch = new ScratchFolder();
        var whole = Floats(new float[7840]);
        byte[][] entries = [[], whole[..5], whole[..90], whole[..^1], [.. whole, 0], [.. whole[..8], 255, 255, .. whole[10..]], new byte[300]];
        foreach (var entry in entries)
        {
            Zip(scratch, "w.npz", ("dense1", entry));
            Assert.That(() => Read(scratch, "dense1"), Throws.TypeOf<WageException>().With.Message.Not.Contains("\n"));
        }

        File.WriteAllBytes(scratch.In("w.npz"), [1, 2, 3]);
        Assert.That(() => Read(scratch, "dense1"), Throws.TypeOf<WageException>().With.Message.Contains("no .npz file"));
    }

    [Test]
    public void OnlyArraysOfTheModelInItsShapesTakeMemory()
    {
        using var scratch = new ScratchFolder();
        var whole = Floats(new float[7840]);
        var large = Floats(new float[1 << 19], "524288");
        Zip(scratch, "w.npz", ("other", large), ("dense2", large), ("dense1", whole), ("dense1", large), ("broken", [1, 2]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = Read(scratch, "dense1", "dense2");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        Assert.That(read.Keys, Is.EqualTo(new[] { "other", "dense2", "dense1", "broken" }));
        Assert.That(read.Values.Select(entry => (entry.Shape, entry.Values?.Length)), Is.EqualTo(
            new (string, int?)[] { ("", null), ("[524288]", null), ("[10,784]", 7840), ("", null) }));
    }

    [Test]
    public void ADamagedArrayOrAnInfiniteWeightIsRefused()
    {
        using var scratch = new ScratchFolder();
        Zip(scratch, "w.npz", ("dense1", Floats(new float[7840])));
        var bytes = File.ReadAllBytes(scratch.In("w.npz"));
        bytes[9999] ^= 1;
        File.WriteAllBytes(scratch.In("w.npz"), bytes);
        Assert.That(() => Read(scratch, "dense1"),
            Throws.TypeOf<WageException>().With.Message.EndsWith("w.npz: dense1: is damaged: its checksum does not match."));
        Write(scratch, "a.yaml", Short.Replace("[12, 8, 10]", "[10]", StringComparison.Ordinal) + "\nmodel.initial: w.npz\n");
        foreach (var value in (float[])[float.PositiveInfinity, float.NegativeInfinity, float.NaN])
        {
            Zip(scratch, "w.npz", ("dense1", Floats([.. new float[7], value, .. new float[7832]])));
            Assert.That(() => Start(RecipeCatalog.Load(scratch.In("a.yaml"), [])), Throws.TypeOf<WageException>().With.Message.Contains(
                $"dense1 has {value} at 7, but codes are from -127 to 127"));
        }
    }

    [TestCase("none", "model.initial is '{0}', but must be a run folder, a checkpoint or an .npz that is there. HINT: `wage runs` lists run folders")]
    [TestCase("none.npz", "model.initial is '{0}', but must be a run folder, a checkpoint or an .npz that is there. HINT: `wage runs` lists run f")]
    [TestCase("", "model.initial: {0}: holds no checkpoint. HINT: name a run folder of `wage train`, or a checkpoint in it.")]
    [TestCase("a.yaml", "model.initial: {0}: is not a Wage checkpoint")]
    public void AFileThatIsNoneIsRefusedByItsKey(string name, string words)
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "a.yaml", Short);
        Assert.That(
            CommandLine.Refusal("train", scratch.In("a.yaml"), "--set", $"model.initial={scratch.In(name)}", "--out", scratch.In("run")),
            Does.StartWith(string.Format(null, "wage: " + words, scratch.In(name))));
    }

    [Test]
    public void ARunThatCannotStartGivesItsMemoryBack()
    {
        using var scratch = new ScratchFolder();
        Write(scratch, "a.yaml", Short + "\nmodel.initial: none.npz\n");
        var recipe = RecipeCatalog.Load(scratch.In("a.yaml"), []);
        var data = DataPlace.Load(recipe, null);
        using var backend = (Wage.Gpu.IlgpuBackend)Devices.Create("ilgpu-cpu", 1);
        Assert.That(() => RunBuilder.BuildTrainer(recipe, data, backend), Throws.TypeOf<WageException>());
        var kept = backend.Allocated;
        Assert.That(() => RunBuilder.BuildTrainer(recipe, data, backend), Throws.TypeOf<WageException>());
        Assert.That(backend.Allocated, Is.EqualTo(kept), "all but what the backend keeps");
    }

    private static sbyte[] Start(Recipe recipe)
    {
        var network = RunBuilder.BuildNetwork(recipe, new Wage.Backends.HostBackend(1));
        network.Initialize(1);
        InitialWeights.Load(recipe, network);
        sbyte[] codes = [];
        network.StoredWeights[0].Lend(bytes => codes = [.. bytes.ToArray().Select(b => (sbyte)b)]);
        return codes;
    }

    private static Dictionary<string, WeightArchive.Entry> Read(ScratchFolder scratch, params string[] names) =>
        WeightArchive.Read(scratch.In("w.npz"), names.ToDictionary(name => name, _ => new Wage.Tensors.Shape(10, 784)));

    private static byte[] Floats(float[] values, string shape = "10, 784")
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}".PadRight(117) + "\n";
        byte[] start = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(header)];
        return [.. start, .. values.SelectMany(BitConverter.GetBytes)];
    }

    private static void Zip(ScratchFolder scratch, string name, params (string Name, byte[] Bytes)[] entries)
    {
        File.Delete(scratch.In(name));
        using var archive = ZipFile.Open(scratch.In(name), ZipArchiveMode.Create);
        foreach (var (entry, bytes) in entries)
        {
            using var stream = archive.CreateEntry(entry + ".npy", CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }
    }

    private static Dictionary<string, string> Weights(ScratchFolder scratch, string path) =>
        Checkpoint.Read(scratch.In(path)).Weights.ToDictionary(tensor => tensor.Name, tensor => Convert.ToHexString(tensor.Bytes));

    private static void Write(ScratchFolder scratch, string name, string text) => File.WriteAllText(scratch.In(name), text);
}
