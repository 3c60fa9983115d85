using System.Globalization;

namespace Wage.Experiments.Reproductions;

/// <summary>Residual networks trained with integers, batch norm and momentum, beside float32 from the same first weights.</summary>
internal static class IntegerReproductions
{
    private const string Integers = "8-8-8";
    private const string Floats = "float32";
    private const string Fixup = "model.batchNorm=fixup", Projection = "model.shortcut=projection";

    /// <summary>MNIST, four and ten epochs of ResNet-20, and one kind of bits after the other.</summary>
    public static IEnumerable<Reproduction> All { get; } =
    [
        new("integer-resnet-mnist", "bits W-A-E of ResNet-8 with integers, batch norm and momentum on MNIST", "this project's",
            "integer-resnet-small-mnist", "bits", [Float32("resnet-small-mnist"), Of(8, 8, 8)])
        {
            Duration = "60 minutes on 2 cores",
            Seeds = "1..3",
            Welch = (Integers, Floats),
        },
        new("integer-resnet20", "bits W-A-E of ResNet-20 with integers, batch norm and momentum, 4 epochs of CIFAR-10", "this project's",
            "integer-resnet20-short-cifar10", "bits", [Float32("resnet20-short-cifar10"), Of(8, 8, 8), Of(2, 8, 8)])
        {
            Duration = "90 minutes on 2 cores",
            Seeds = "1..3",
            Welch = (Integers, Floats),
        },
        new("integer-resnet20-10", "bits W-A-E of ResNet-20 with integers, batch norm and momentum, 10 epochs of CIFAR-10", "this project's",
            "integer-resnet20-short-cifar10", "bits", [Float32("resnet20-short-cifar10"), Of(8, 8, 8), Of(2, 8, 8)])
        {
            Settings = ["training.epochs=10"],
            Duration = "75 minutes on 2 cores with AVX2, 30 with AVX-512",
            Seeds = "1",
        },
        new("integer-resnet-small", "bits W-A-E of ResNet-8 with integers, batch norm and momentum, 3 epochs of 20,000 images of CIFAR-10",
            "this project's", "integer-resnet8-short-cifar10", "bits",
            [
                Float32("resnet8-short-cifar10"), Of(8, 8, 8), Of(4, 8, 8), Of(3, 8, 8), Of(2, 8, 8), Of(8, 6, 8), Of(8, 4, 8), Of(8, 8, 6),
                Of(8, 8, 4), new("masters-16", null, "scheme.masters=16"), new("D-16", null, "scheme.kD=16"),
                new("current", null, "scheme.ranges.A=current", "scheme.ranges.E=current"),
                new("fixup", null, Fixup, Projection),
                new("float32-fixup", null, "scheme.kind=float32", Fixup, Projection) { Recipe = "float32-resnet8-short-cifar10" },
            ])
        {
            Settings = ["data.train=20000", "data.test=5000"],
            Duration = "40 minutes on 2 cores",
            Seeds = "1..3",
            Welch = (Integers, Floats),
        },
    ];

    private static ReproductionPoint Float32(string network) => new(Floats, null, "scheme.kind=float32") { Recipe = $"float32-{network}" };

    private static ReproductionPoint Of(int w, int a, int e)
    {
        string[] settings = [.. new[] { ("W", w), ("A", a), ("E", e) }.Select(kind =>
            string.Create(CultureInfo.InvariantCulture, $"scheme.k{kind.Item1}={kind.Item2}"))];
        return new ReproductionPoint(string.Create(CultureInfo.InvariantCulture, $"{w}-{a}-{e}"), null, settings);
    }
}
