using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Wage.Backends;
using Wage.Data;
using Wage.Downloads;
using Wage.Experiments.Pictures;
using Wage.Experiments.Recipes;
using Wage.Experiments.Reproductions;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;
using Wage.Experiments.Sweeps;
using Wage.Experiments.TensorBoard;
using Wage.Experiments.Trust;
using Wage.Files;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation.Compression;
using Wage.Tests.Data;
using Wage.Tests.Experiments;
using Wage.Tests.Images;
using Wage.Tests.Models;
using Wage.Tests.Simulation.Compression;
using Wage.Training;

namespace Wage.Tests.Mutations;

/// <summary>Every reader of files that somebody else may have written, each in a folder of its own.</summary>
internal sealed class Readers : IDisposable
{
    private const int HashBytes = 32;
    private const string Checks = """
        {"format":"wage-devices-1","checks":[{"device":"opencl:0","driver":"d","version":"1","model":"m","recipe":"digits","compared":100,
        "imagesPerSecond":5.5,"cpuImagesPerSecond":1e3,"difference":null},{"device":"cuda:0","driver":"d","version":"1","model":"m",
        "recipe":"digits","compared":7,"imagesPerSecond":0,"cpuImagesPerSecond":1,"difference":"conv1 differs"}]}
        """;

    private const string LayersYaml = "\nscheme: wage\nlayers: { dense1: { kA: 4, rounding: halfAway }, dense2: { kW: 4 } }\n";

    private readonly ScratchFolder scratch = new();
    private readonly List<IDisposable> held = [];

    /// <summary>The names, for the test cases.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "checkpoint", "checkpoint with its hash repaired", "checkpoint with states", "predictor", "model", "model with its hash repaired", "recipe",
        "idx images", "idx labels", "idx gzip", "cifar10", "cifar100", "cifar10 archive",
        "idx table", "npz", "npz of weights", "csv", "png", "jpeg", "bmp", "gif", "svhn", "svhn compressed",
        "config.yaml", "summary.json", "environment.json", "notes.json", "metrics.jsonl", "stats.jsonl", "warnings.jsonl",
        "quiet.jsonl", "expected results", "expected statistics", "sweep axis", "devices.json",
        "npz to compress", "safetensors", "compressed", "compressed checkpoint",
    ];

    /// <summary>The reader of this name.</summary>
    public MutatedReader this[string name] => name switch
    {
        "checkpoint" => Checkpoint(isRepaired: false),
        "checkpoint with its hash repaired" => Checkpoint(isRepaired: true),
        "checkpoint with states" => States(),
        "predictor" => Predictor(),
        "model" => Model(isRepaired: false),
        "model with its hash repaired" => Model(isRepaired: true),
        "recipe" => Text("tiny.yaml", TinyRun.Yaml + LayersYaml, path => RecipeCatalog.Load(path, []).ToYaml()),
        "idx images" => Idx(isLabels: false, isPacked: false),
        "idx labels" => Idx(isLabels: true, isPacked: false),
        "idx gzip" => Idx(isLabels: false, isPacked: true),
        "cifar10" => Of("batch", CifarFileTests.Records(1, 1, 2, 9), path => CifarFile.Read([path], 10)),
        "cifar100" => Of("train", CifarFileTests.Records(2, 1, 2, 99), path => CifarFile.Read([path], 100)),
        "cifar10 archive" => Of("a.tar.gz", Archive(), path => CifarArchiveFile.Unpack(path, scratch.Path, 10, CancellationToken.None)),
        "idx table" => Of("labels", Scratch.Idx(0xC02, [3, 2], [.. new byte[23], 4]), path =>
        {
            File.WriteAllBytes(scratch.In("images"), Scratch.Idx(0x803, [3, 8, 4], Scratch.Ramp(96)));
            IdxFile.Read(scratch.In("images"), path, 10);
        }),
        "npz" => Of("a.npz", OwnDatasetTests.Npz(true, ("images", OwnDatasetTests.Npy("|u1", "(4, 2, 2)", Scratch.Ramp(16))),
            ("labels", OwnDatasetTests.Npy("<i4", "(4,)", [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]))), ReadOwn),
        "npz of weights" => Of("w.npz", OwnDatasetTests.Npz(false, ("dense1", OwnDatasetTests.Npy("|i1", "(3, 4)", Scratch.Ramp(12)))),
            path => WeightArchive.Read(path, new Dictionary<string, Tensors.Shape> { ["dense1"] = new(3, 4) })),
        "npz to compress" => Of("v.npz", OwnDatasetTests.Npz(true, ("w", OwnDatasetTests.Npy("<f4", "(3, 4)", Scratch.Ramp(48)))),
            path => CompressedWeights.Of(WeightSet.Read(path)).Restore()),
        "safetensors" => Of("a.safetensors", WeightFileTests.Safetensors(
            """{"w":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"__metadata__":{"format":"pt"}}""", Scratch.Ramp(48)),
            path => CompressedWeights.Of(WeightSet.Read(path)).Restore()),
        "compressed" or "compressed checkpoint" => Compressed(name == "compressed"),
        "csv" => Text("a.csv", "label,a,b,c,d\n0,1,2,3,4\n1,5,6,7,8\n0,9,10,11,255\n", ReadOwn),
        "png" or "jpeg" or "bmp" or "gif" => Of($"a.{name}", PictureFiles.File(name == "jpeg" ? "jpg" : name, Scratch.Ramp(192), 8, 8),
            path => Wage.Images.ImageFile.Read(path, new ImagePreparation(4, 4, 1))) with
        { MostBytes = 1L << 26 },
        "svhn" => Of("a.mat", Svhn(isPacked: false), path => SvhnFile.Read(path)),
        "svhn compressed" => Of("a.mat", Svhn(isPacked: true), path => SvhnFile.Read(path)),
        "expected results" => Text("x.csv",
            EmbeddedText("wage-lenet5-mnist.csv"), path => ExpectedRow.Parse(path, BoundedFile.ReadText(path, "table", 1 << 20))),
        "expected statistics" => Text(
            "x.csv", EmbeddedText("wage-figures-small-statistics.csv"),
            path => StatisticsRow.Parse(path, BoundedFile.ReadText(path, "table", 1 << 20))),
        "sweep axis" => Text("axis", "scheme.kG=3..12:2", path => SweepAxis.Parse(Encoding.UTF8.GetString(File.ReadAllBytes(path)))),
        "devices.json" => Text("devices.json", Checks, path => _ = new CheckMemory(path).Answers().Sum(answer => answer.ToJson().Count)),
        _ => OfRun(name),
    };

    public void Dispose()
    {
        foreach (var one in held) one.Dispose();
        scratch.Dispose();
    }

    private static void ReadOwn(string path) => OwnDataset.Load(path, new DatasetOptions { Test = new Portion(1) });

    private MutatedReader Of(string name, byte[] good, Action<string> read)
    {
        var path = scratch.In(name);
        return new MutatedReader(name, good, path, () => read(path));
    }

    private MutatedReader Text(string name, string good, Action<string> read) => Of(name, Encoding.UTF8.GetBytes(good), read);

    private MutatedReader Checkpoint(bool isRepaired)
    {
        var run = TinyRun.Prepare(scratch.Run("run"));
        held.Add(run);
        run.Trainer.Step();
        var path = scratch.In("a.wage");
        run.Trainer.Save(run.Recipe.ToYaml()).Write(path);
        Checkpoint? saved = null;
        return new MutatedReader("checkpoint", File.ReadAllBytes(path), path, () => saved = SavedRun.Open(path).Checkpoint)
        {
            Repair = isRepaired ? Repair : null,
            Use = () => run.Trainer.Load(saved!),
        };
    }

    private MutatedReader States()
    {
        var path = scratch.In("states.wage");
        Training.CheckpointHeaderTests.Small.Write(path);
        return new MutatedReader("states", File.ReadAllBytes(path), path, () => Wage.Training.Checkpoint.Read(path)) { Repair = Repair };
    }

    private MutatedReader Compressed(bool isForeign)
    {
        var (path, backend) = (scratch.In("a.wagez"), new HostBackend(1));
        held.Add(backend);
        var trainer = Simulation.FloatRuns.Start(backend, momentum: new Wage.Numbers.Ratio(9, 10));
        held.Add(trainer);
        float[] values = [.. Enumerable.Range(0, 81).Select(i => i / 9f)];
        var set = isForeign ? new WeightSet([CompressedWeightsTests.Floats("w", new Wage.Tensors.Shape(9, 9), values)])
            : WeightSet.Of(trainer.Save("name: tiny\n"));
        CompressedWeights.Of(set, 5).Write(path);
        return new MutatedReader("compressed", File.ReadAllBytes(path), path, () =>
        {
            var read = CompressedWeights.Read(path).Restore();
            if (read.Checkpoint is not null) read.ToCheckpoint();
        })
        {
            Repair = Repair,
        };
    }

    private MutatedReader Predictor()
    {
        var (reader, backend) = (Checkpoint(isRepaired: true), new HostBackend(1));
        held.Add(backend);
        return reader with { Use = () => Wage.Models.Predictor.Load(reader.Path, backend).Dispose() };
    }

    private MutatedReader Model(bool isRepaired)
    {
        var (path, backend) = (scratch.In("m.wplan"), new HostBackend(1));
        held.Add(backend);
        var plan = isRepaired ? AffinePlanTests.Plan(MultiplierRounding.Double, true) : AffineOperationTests.Plan(MultiplierRounding.Single);
        ModelPlanFileTests.Of(plan).Write(path);
        ModelPlanFile? read = null;
        return new MutatedReader("model", File.ReadAllBytes(path), path, () => read = ModelPlanFile.Read(path))
        {
            Repair = isRepaired ? Repair : null,
            Use = () =>
            {
                using var model = new IntegerModel(read!.Plan, backend);
                model.Scores(new byte[read.Plan.Image.Length], 1);
            },
        };
    }

    private static void Repair(byte[] bytes)
    {
        if (bytes.Length > HashBytes) SHA256.HashData(bytes.AsSpan(..^HashBytes), bytes.AsSpan(^HashBytes..));
    }

    private MutatedReader Idx(bool isLabels, bool isPacked)
    {
        var (images, labels) = (Scratch.Idx(0x803, [3, 8, 4], Scratch.Ramp(96)), Scratch.Idx(0x801, [3], [1, 0, 9]));
        var (imagesPath, labelsPath) = (scratch.In("images"), scratch.In("labels"));
        File.WriteAllBytes(imagesPath, images);
        File.WriteAllBytes(labelsPath, labels);
        var good = isLabels ? labels : isPacked ? Scratch.Gzip(images) : images;
        return new MutatedReader("idx", good, isLabels ? labelsPath : imagesPath, () => IdxFile.Read(imagesPath, labelsPath, 10));
    }

    /// <summary>A run's file, read with everything that shows it.</summary>
    private MutatedReader OfRun(string name)
    {
        var (path, other) = (scratch.Run("run"), scratch.Run("other"));
        TinyRun.Finish(other, 1, "training.epochs=1");
        using (var run = TinyRun.Prepare(path, 1, "training.epochs=2"))
            new RunLoop(run, new StopAfter(int.MaxValue, () => { }), 5).Execute(CancellationToken.None);
        var file = Path.Combine(path.Path, name);
        switch (name)
        {
            case "notes.json": File.WriteAllText(file, "{\"tags\": [\"paper\", \"figure:2\"], \"note\": \"ten bits of gradients\"}\n"); break;
            case "warnings.jsonl":
                File.WriteAllText(
                    file,
                "{\"step\":9,\"epoch\":1,\"layer\":\"dense1\",\"cause\":\"deadWeights\",\"message\":\"m\",\"remedy\":\"r\"}\n");
                break;
            case "quiet.jsonl": File.WriteAllText(file, "{\"step\":9,\"quiet\":{\"dense1\":1,\"dense2\":3}}\n"); break;
        }

        return new MutatedReader(name, File.ReadAllBytes(file), file, Read) { MostBytes = 1L << 26 };

        void Read()
        {
            switch (name)
            {
                case "stats.jsonl": Show(RunRecord.Open(path.Path), RunStatistics.Read(path)); break;
                case "warnings.jsonl":
                    _ = Wage.Experiments.Reports.Notes.Of(RunRecord.Open(path.Path), null).ToString();
                    _ = File.ReadAllLines(file).Select(WarningLine.Read).Count(warning => warning is not null);
                    break;
                case "quiet.jsonl": _ = File.ReadAllLines(file).Sum(line => QuietLine.Read(line).Quiet.Count); break;
                case "metrics.jsonl" or "config.yaml":
                    var record = RunRecord.Open(path.Path);
                    _ = CurvePicture.Draw([record], new Frame(false)).ToFile(Theme.Auto);
                    _ = record.Rows.Sum(row => Wage.Experiments.Display.Format.Row(row, 2).Length);
                    _ = EventFolder.Times(record.Rows, 1e9);
                    break;
                default:
                    var card = RunCard.Of(path);
                    _ = card.ToJson().ToJsonString();
                    _ = RunComparison.Of(card, RunCard.Of(other));
                    _ = Wage.Experiments.Reports.Provenance.Of(RunRecord.Open(path.Path)).ToString();
                    if (name == "notes.json") card.Notes.Tagged(["more"], []).Noted("note");
                    break;
            }
        }
    }

    private static void Show(RunRecord run, RunStatistics statistics)
    {
        var (step, frame) = (statistics.Steps[^1], new Frame(false));
        _ = statistics.At(step).Sum(tensor => RunEvents.Of(tensor, 1e9).Sum(record => (long)record.Length));
        _ = StatisticsRow.Of("all", 1, statistics);
        foreach (var canvas in new[] { DistributionPicture.Draw(run.Recipe, statistics, step, frame),
            RangePicture.Draw(run.Recipe, statistics, step, frame),
            RatePicture.Draw(run.Recipe, statistics, frame) })
            _ = canvas.ToFile(Theme.Auto);
    }

    private static string EmbeddedText(string name) =>
        string.Concat(File.ReadLines(Repository.Path($"experiments/expected/{name}")).Take(4).Select(line => line + "\n"));

    private static byte[] Svhn(bool isPacked)
    {
        byte[] element = MatFileTests.Array("X", [32, 32, 3, 2], Scratch.Ramp(6144)), labels = MatFileTests.Array("y", [2, 1], [1, 10]);
        return isPacked ? [.. MatFileTests.Header(), .. MatFileTests.Compressed(element), .. MatFileTests.Compressed(labels)]
            : [.. MatFileTests.Header(), .. element, .. labels];
    }

    private static byte[] Archive()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach (var name in new[] { "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch" })
            {
                var data = new MemoryStream(new byte[10]);
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"cifar-10-batches-bin/{name}.bin") { DataStream = data });
            }
        }

        return bytes.ToArray();
    }
}
