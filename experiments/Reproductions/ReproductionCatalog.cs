using System.Globalization;

namespace Wage.Experiments.Reproductions;

/// <summary>The reproductions of the console. Published figures are test errors in percent, of WAGE (Wu et al. 2018) where nothing else is
/// said.</summary>
internal static class ReproductionCatalog
{
    private const string Vgg7 = "wage-vgg7-cifar10";
    private const string LeNet = "wage-lenet5-mnist";
    private const string PublishedNetwork = "VGG7 on CIFAR-10";

    /// <summary>LeNet-5 on the first 10,000 images of MNIST: small enough for ten runs, hard enough to tell bit widths apart.</summary>
    private static readonly string[] SmallSettings = ["data.train=10000", "training.epochs=12"];

    /// <summary>Sixteen dense layers, each of which quantizes the errors of the one above: depth is what makes too few bits of errors show.</summary>
    private static readonly string[] DeepSettings =
    [
        "model.kind=mlp", $"model.sizes={string.Join(',', Enumerable.Repeat(128, 15))},10", "data.input=unit", "data.train=10000",
        "training.epochs=12", "training.eta=2",
    ];

    /// <summary>All, in the order of the paper.</summary>
    public static IReadOnlyList<Reproduction> All { get; } =
    [
        Row("digits", "LeNet-5 on synthetic digits", "a linear model", 7.15, "1 minute on 2 cores", "1"),
        Row(LeNet, "LeNet-5 on MNIST", "WAGE, Table 1", 0.40, "15 minutes a seed on 2 cores", "1..3"),
        Row("wage-vgg7-svhn", "VGG7 on SVHN", "WAGE, Table 1", 1.92, "9 hours on 2 cores", "1"),
        Row(Vgg7, "VGG7 on CIFAR-10", "WAGE, Table 1", 6.78, "2 days on 2 cores", "1"),
        Row("wage-vgg7-cifar10-small", "the same, a quarter of the channels and 12 epochs", "this project's", null, "10 minutes on 2 cores", "1",
            recipe: "wage-vgg-narrow-cifar10") with { Settings = ["training.epochs=12", "training.eta=0: 8, 9: 1, 11: 1/8"] },
        Row("wage-mlp-mnist", "784-100-50-10 on MNIST", "NITRO-D (2024), integers", 2.64, "1 minute on 2 cores", "1..3", "4-8-12-12"),
        Row("wage-mlp-fashion", "784-200-100-50-10 on Fashion-MNIST", "NITRO-D (2024), integers", 11.34, "2 minutes on 2 cores", "1..3",
            "4-8-12-12"),
        Row("wage-vgg-narrow-cifar10", "VGG7 of a quarter of the channels on CIFAR-10", "this project's", null, "50 minutes on 2 cores",
            "1"),

        new("wage-window", "the window of the errors, moved down by gamma", "WAGE, Table 2", Vgg7, "gamma", Windows())
        {
            Duration = "12 days on 2 cores",
        },
        new("wage-window-small", "the same, LeNet-5 on 10,000 images of MNIST", "WAGE, Table 2", LeNet, "gamma", Windows())
        {
            Settings = [.. SmallSettings, "training.eta=8"],
            Falling = [["8", "4", "2", "1"]],
            PublishedFor = PublishedNetwork,
            Duration = "12 minutes on 2 cores",
            Seeds = "1..3",
        },
        new("wage-kg", "the bits of gradients and stored weights", "WAGE, Table 3", Vgg7, "kG", Gradients(8, "0: {0}, 200: {1}, 250: {2}"))
        {
            Duration = "20 days on 2 cores",
        },
        new("wage-kg-small", "the same, LeNet-5 on 10,000 images of MNIST", "WAGE, Table 3", LeNet, "kG", Gradients(8, "{0}"))
        {
            Settings = SmallSettings,
            Falling = [["3", "4", "5", "8"]],
            PublishedFor = PublishedNetwork,
            Duration = "18 minutes on 2 cores",
            Seeds = "1..3",
        },
        new("wage-ke", "the bits of errors", "WAGE, section 4.3", Vgg7, "kE",
            Errors(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)) { Duration = "24 days on 2 cores" },
        new("wage-ke-small", "the same, a perceptron of sixteen layers on 10,000 images of MNIST", "WAGE, section 4.3", LeNet, "kE",
            Errors(2, 3, 4, 5, 6, 8, 10, 12, 15))
        {
            Settings = DeepSettings,
            Falling = [["2", "3", "4", "5"]],
            PublishedFor = PublishedNetwork,
            Duration = "8 minutes on 2 cores",
            Seeds = "1..10",
        },
        Ranges(),
        Roundings(3),
        Roundings(4),
        new("affine-small", "codes of few bits, trained and calibrated, in float32 and as integers", "Jacob et al. 2018", "float32-lenet5-mnist",
            "point", [.. LeNetCodes(), .. VggCodes(), .. MobileNetCodes()])
        {
            Duration = "25 minutes on 2 cores",
            Seeds = "1..3",
        },
        new("sq-small", "weights of a small VGG on 4,000 images of CIFAR-10; of -x4 as many epochs in all as the stages of SQ have", "SQ, Table 1",
            "sq-vgg-small-cifar10", "weights", Stochastic())
        {
            Falling = [["BWN", "SQ-BWN"], ["TWN", "SQ-TWN"]],
            PublishedFor = "VGG-9 on CIFAR-10",
            Duration = "15 minutes on 2 cores",
            Seeds = "1..3",
        },
        new("wage-hybrid-small", "weights ternary in part, beside 2 and 8 bits: LeNet-5 on 10,000 images of MNIST, a VGG on as many of CIFAR-10",
            "this project's", "wage-hybrid-lenet5-mnist", "weights",
            [
                .. Hybrid("lenet", "wage-hybrid-lenet5-mnist", "training.eta=1", "data.train=10000", "training.epochs=6", "training.eta=8"),
                .. Hybrid("vgg", "wage-hybrid-vgg-small-cifar10", "training.eta=0: 2, 5: 1/4"),
            ])
        {
            Duration = "10 minutes on 2 cores",
            Seeds = "1..3",
        },
        new("wage-ranges-small", "ranges of errors and gradients: this step's maxima or those before, LeNet-5 on 10,000 images of MNIST",
            "Fournarakis and Nagel (2021)", LeNet, "ranges", PowerRanges("current", "running", "in-hindsight"))
        {
            Settings = ["data.train=10000", "training.epochs=6", "training.eta=8"],
            Duration = "5 minutes on 2 cores",
            Seeds = "1..5",
            Welch = ("in-hindsight", "current"),
        },
        new("wage-ranges-vgg-small", "ranges of errors and gradients, VGG7 of a quarter of the channels on 20,000 images of CIFAR-10",
            "Fournarakis and Nagel (2021)", "wage-vgg-narrow-cifar10", "ranges", PowerRanges("current", "in-hindsight"))
        {
            Settings = ["data.train=20000", "training.epochs=4", "training.eta=0: 8, 3: 1"],
            Duration = "8 minutes on 2 cores",
            Seeds = "1..5",
            Welch = ("in-hindsight", "current"),
        },
        .. IntegerReproductions.All,
        Pictures("wage-figures", "what the quantizers do, the training curve, the window of the errors", Vgg7, "10", "90 minutes on 2 cores"),
        Pictures(
            "wage-figures-small", "the same, VGG7 of a quarter of the channels", "wage-vgg-narrow-cifar10", "5", "6 minutes on 2 cores"),
    ];

    /// <summary>The reproduction of this name.</summary>
    /// <exception cref="WageException">There is none; the nearest is suggested.</exception>
    public static Reproduction Find(string name)
    {
        if (All.FirstOrDefault(reproduction => reproduction.Name == name) is { } found) return found;
        var nearest = NearestName.Of(name, All.Select(reproduction => reproduction.Name));
        throw new WageException(
            $"reproduction '{OneLine.Quote(name)}': there is none of this name.", nearest is null
                ? "`wage reproduce` lists them." : $"did you mean {nearest}?");
    }

    /// <summary>"the same" of a small version, in words that stand alone.</summary>
    public static string FullTitle(Reproduction reproduction)
    {
        const string same = "the same";
        if (!reproduction.Title.StartsWith(same, StringComparison.Ordinal)) return reproduction.Title;
        return Find(reproduction.Name[..^"-small".Length]).Title + reproduction.Title[same.Length..];
    }

    private static Reproduction Row(
        string name, string title, string source, double? published, string duration, string seeds, string bits = "2-8-8-8", string? recipe = null) =>
        new(name, title, source, recipe ?? name, string.Empty, [new(bits, published)]) { Duration = duration, Seeds = seeds };

    /// <summary>A run of a few epochs with pictures; of 390 steps an epoch every 100th is looked into.</summary>
    private static Reproduction Pictures(string name, string title, string recipe, string epochs, string duration) =>
        new(name, title, "WAGE, Figures 2 to 4", recipe, string.Empty, [new("run", null)])
        {
            Settings = [$"training.epochs={epochs}"],
            Duration = duration,
            Figures = Figure.OfWage,
            StatsEvery = 100,
            Shapes = FigureShape.OfWage,
        };

    private static ReproductionPoint[] Windows()
    {
        double[] published = [6.78, 7.31, 8.08, 16.92];
        return [.. published.Select((error, i) => Point(1 << i, error, $"scheme.errorWindow={1 << i}"))];
    }

    /// <summary>
    /// k_G = 3..12 with eta halved for each bit fewer, so that eta sigma(k_G), the greatest step, stays what it is at 8 bits. The published k_G = 2
    /// is left out: it equals k_W, which the scheme refuses.
    /// </summary>
    private static ReproductionPoint[] Gradients(int etaAtEight, string schedule)
    {
        double[] published = [51.57, 28.22, 18.01, 11.48, 7.61, 6.78, 6.63, 6.43, 6.55, 6.57];
        return [.. published.Select((error, i) =>
        {
            var (bits, etas) = (i + 3, new string[3]);
            for (var third = 0; third < 3; third++) etas[third] = Power((int)Math.Log2(etaAtEight) + bits - 8 - (3 * third));
            return Point(bits, error, $"scheme.kG={bits}", $"training.eta={string.Format(CultureInfo.InvariantCulture, schedule, etas)}");
        })];
    }

    /// <summary>Few bits of activations and errors: half to even makes 0 of small ones; stochastic rounding is right in the mean.</summary>
    private static Reproduction Roundings(int bits) => new(
        string.Create(CultureInfo.InvariantCulture, $"wage-rounding-{bits}"),
        string.Create(CultureInfo.InvariantCulture, $"rounding of {bits}-bit activations and errors, LeNet-5 (SAME) on 20,000 images of MNIST"),
        "this project's", LeNet, "rounding",
        [.. ((string[])["halfEven", "stochastic"]).Select(word =>
            new ReproductionPoint(word, null, $"scheme.roundingE={word}", $"scheme.roundingA={word}"))])
    {
        Settings = [.. ((string[])["scheme.kA", "scheme.kE"]).Select(key => string.Create(CultureInfo.InvariantCulture, $"{key}={bits}")),
            "model.padding=same", "data.train=20000", "training.epochs=4", "training.eta=8"],
        Duration = "2 minutes on 2 cores",
        Seeds = "1..3",
    };

    private static IEnumerable<ReproductionPoint> LeNetCodes()
    {
        string[] data = ["data.train=10000", "data.test=5000"];
        var start = new ReproductionPoint("lenet-float32", null, [.. data, "training.epochs=5", "training.eta=0: 1/50, 3: 1/200"]);
        return Codes(start, "lenet", "affine-lenet5-mnist", [8, 7, 6, 5, 4, 3, 2],
            [.. data, "training.epochs=2", "training.eta=0: 1/200, 1: 1/1000"]);
    }

    private static IEnumerable<ReproductionPoint> VggCodes()
    {
        string[] both = ["model.width=16", "data.test=2000"];
        return Codes(Cifar10("vgg", both), "vgg", "affine-vgg-narrow-cifar10", [8, 7, 6, 5, 4, 3, 2], [.. both, .. ShortTraining]);
    }

    /// <summary>Depthwise filters differ far more in their ranges than others: one scale for each beside one for all.</summary>
    private static IEnumerable<ReproductionPoint> MobileNetCodes()
    {
        const string test = "data.test=2000";
        var start = Cifar10("mobilenet", test);
        return ((string[])["channel", "tensor"]).SelectMany(granularity => Codes(
            start, $"mobilenet-{granularity}", "affine-mobilenet-narrow-cifar10", [8, 4],
            [$"scheme.granularity={granularity}", test, .. ShortTraining])).Distinct();
    }

    private static string[] ShortTraining => ["data.train=10000", "training.epochs=1", "training.eta=1/100"];

    private static ReproductionPoint Cifar10(string network, params string[] settings) =>
        new($"{network}-float32", null, [.. settings, "data.train=20000", "training.epochs=6", "training.eta=0: 1/10, 4: 1/100"])
        {
            Recipe = $"float32-{network}-narrow-cifar10",
        };

    /// <summary>A float32 network, and the same with weights and activations of few bits, which start from its weights.</summary>
    private static IEnumerable<ReproductionPoint> Codes(
        ReproductionPoint start, string name, string recipe, IReadOnlyList<int> bits, string[] settings) =>
        bits.Select(k => Point(k, null, [$"scheme.kW={k}", $"scheme.kA={k}", .. settings]))
            .Select(point => point with { Label = $"{name}-{point.Label}", Recipe = recipe, Start = start.Label }).Prepend(start);

    /// <summary>
    /// Weights, activations and errors of 8 bits, one estimator of ranges beside another; none is float32. DSGC is for errors: activations have their
    /// current range then.
    /// </summary>
    private static Reproduction Ranges() => new(
        "ranges-small", "where the ranges of 8 bits come from, ResNet-8 of width 8 on 10,000 images of CIFAR-10", "Fournarakis and Nagel (2021)",
        "range-resnet-small-cifar10", "ranges",
        [
            new("none", null, "scheme.ranges.E=none", "scheme.ranges.A=none", "scheme.ranges.W=none"),
            .. ((string[])["current", "running", "in-hindsight"]).Select(word => Estimator(word, word)), Estimator("dsgc", "current"),
            Estimator("fixed", "fixed"),
        ])
    {
        Settings = ["model.width=8", "data.train=10000"],
        Duration = "12 minutes on 2 cores",
        Seeds = "1..3",
        Welch = ("in-hindsight", "current"),
    };

    private static ReproductionPoint Estimator(string errors, string activations) =>
        new(errors, null, $"scheme.ranges.E={errors}", $"scheme.ranges.A={activations}");

    /// <summary>
    /// Float32, binary and ternary weights, from the start and by stochastic quantization, whose four stages have four times the epochs; so that this
    /// can be told from the method, plain weights also with four stages.
    /// </summary>
    private static ReproductionPoint[] Stochastic()
    {
        const string ternary = "scheme.weights=ternary", plain = "scheme.ratio=1", again = "scheme.ratio=1, 1, 1, 1";
        return
        [
            new("float32", 9.00, "scheme.kind=float32", "scheme.momentum=9/10", "scheme.weightDecay=1/10000"),
            new("BWN", 10.67, plain), new("BWN-x4", null, again), new("SQ-BWN", 9.40, "scheme.weights=binary"),
            new("TWN", 9.87, ternary, plain), new("TWN-x4", null, ternary, again), new("SQ-TWN", 8.37, ternary),
        ];
    }

    /// <summary>
    /// Plain WAGE of 2 and of 8 bits, ternary filters with an alpha of their own from the start, and in part: all with the same epochs. Weights of 8
    /// bits begin as small as their fan-in asks for, and have no layer's alpha of 2^2 to 2^4 that makes a step of theirs smaller: their rate is less.
    /// </summary>
    private static IEnumerable<ReproductionPoint> Hybrid(string network, string recipe, string rate, params string[] settings)
    {
        const string plain = "scheme.hybrid.ratio=none";
        return
        [
            Of("2", plain), Of("8", plain, "scheme.kW=8", "scheme.kG=9", rate), Of("ternary", "scheme.hybrid.ratio=1"),
            Of("hybrid", "scheme.hybrid.ratio=1/2, 1"),
        ];

        ReproductionPoint Of(string name, params string[] own) => new($"{network}-{name}", null, [.. settings, .. own]) { Recipe = recipe };
    }

    private static ReproductionPoint[] PowerRanges(params string[] estimators) =>
        [.. estimators.Select(one => new ReproductionPoint(one, null, $"scheme.ranges.E={one}", $"scheme.ranges.G={one}"))];

    private static ReproductionPoint[] Errors(params int[] bits) => [.. bits.Select(k => Point(k, k == 8 ? 6.78 : null, $"scheme.kE={k}"))];

    private static ReproductionPoint Point(int value, double? published, params string[] settings) =>
        new(value.ToString(CultureInfo.InvariantCulture), published, settings);

    private static string Power(int exponent) => exponent >= 0 ? $"{1L << exponent}" : $"1/{1L << -exponent}";
}
