namespace Wage.Tests.Experiments;

/// <summary>Runs of seconds to show: a small convolution network with statistics, and a perceptron.</summary>
internal sealed class ShownRuns : IDisposable
{
    /// <summary>What a stranger may put into a recipe.</summary>
    public const string Hostile = "<script>alert('x')</script> & \"quotes\" ]]> </style>";

    private readonly ScratchFolder scratch = new();
    private readonly Lazy<string> sweep;
    private readonly Lazy<string> affine;

    public ShownRuns()
    {
        File.WriteAllText(scratch.In("perceptron.yaml"), TinyRun.Yaml);
        Perceptron = scratch.In("perceptron");
        CommandLine.Do(
            "train", scratch.In("perceptron.yaml"), "--out", Perceptron, "--stats", "every=7", "--tensorboard", "--set", $"paper={Hostile}",
            "published=2.5 % test error");
        Lenet = scratch.In("lenet");
        CommandLine.Do(
            "train", "digits", "--out", Lenet, "--epochs", "2", "--stats", "every=5", "--set", "data.train=200", "data.test=100",
            "training.batch=24", "training.eta=1");
        affine = new Lazy<string>(() =>
        {
            CommandLine.Do(
                "train", "digits", "--out", scratch.In("affine"), "--epochs", "2", "--stats", "every=3", "--set", "data.train=120", "data.test=50",
                "training.batch=24", "scheme=affine", "loss=crossEntropy", "training.eta=1/50");
            return scratch.In("affine");
        });
        sweep = new Lazy<string>(() =>
        {
            CommandLine.Do(
                "train", scratch.In("perceptron.yaml"), "--out", scratch.In("sweep"), "--epochs", "2",
                "--sweep", "scheme.kE=4,12", "--seeds", "1..5");
            return scratch.In("sweep");
        });
    }

    /// <summary>Dense, four epochs of ten steps, all on 200 digits; the paper's name is hostile.</summary>
    public string Perceptron { get; }

    /// <summary>LeNet-5, two epochs of eight steps.</summary>
    public string Lenet { get; }

    /// <summary>Ten runs of the perceptron: k_E 4 and 12, each with five seeds.</summary>
    public string Sweep => sweep.Value;

    /// <summary>LeNet-5 in float32 with codes of 8 bits, two epochs of five steps.</summary>
    public string Affine => affine.Value;

    public string In(string name) => scratch.In(name);

    /// <summary>A copy of a run's folder, to be damaged.</summary>
    public string Copy(string run, string name)
    {
        var copy = scratch.In(name);
        Directory.CreateDirectory(copy);
        foreach (var file in Directory.GetFiles(run)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
        return copy;
    }

    public void Dispose() => scratch.Dispose();
}
