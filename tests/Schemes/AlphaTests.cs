using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Schemes;

[Parallelizable]
public sealed class AlphaTests
{
    [Test]
    public void Vgg7HasTheAlphasOfTheAuthorsLog() => Assert.That(
        Alphas(Model.Vgg7(), new Shape(1, 32, 32, 3), new WageOptions()), Is.EqualTo(new[] { 2, 16, 16, 16, 16, 32, 32, 16 }));

    [Test]
    public void LeNet5HasTheAlphasOfTheProgram() =>
        Assert.That(Alphas(Model.LeNet5(ConvPadding.Same), new Shape(1, 28, 28, 1), new WageOptions()), Is.EqualTo(new[] { 2, 16, 32, 8 }));

    [Test]
    public void Vgg7HasTheAlphasOfThePapersFormula() =>
        Assert.That(Alphas(Model.Vgg7(), new Shape(1, 32, 32, 3), WageOptions.Paper), Is.EqualTo(new[] { 2, 8, 8, 16, 16, 16, 32, 8 }));

    [Test]
    public void LeNet5HasTheAlphasOfThePapersFormula() =>
        Assert.That(Alphas(Model.LeNet5(ConvPadding.Same), new Shape(1, 28, 28, 1), WageOptions.Paper), Is.EqualTo(new[] { 2, 8, 16, 8 }));

    /// <summary>alpha = max(Shift(L_min / L), 1), L_min = beta sigma(k_W), L = sqrt(c / n), in float64.</summary>
    [Test]
    public void AlphaIsThatOfTheFormulaForEveryFanIn()
    {
        foreach (var c in (int[])[3, 6])
        {
            foreach (var beta in (Ratio[])[new(3, 2), new(1, 1), new(3, 1), new(1, 10)])
            {
                for (var w = 2; w <= 8; w++)
                {
                    var scheme = new WageOptions { FanInLimit = c, Beta = beta, Bits = new BitWidths(w, 8, 12, 8) }.ToScheme();
                    for (var n = 1; n < 10_000; n += 7)
                    {
                        var ratio = (double)beta.Numerator / beta.Denominator * Math.Pow(2, 1 - w) / Math.Sqrt((double)c / n);
                        var expected = Math.Max(0, (int)Math.Round(Math.Log2(ratio)));
                        Assert.That(scheme.Scale.Log2(n), Is.EqualTo(expected), $"beta {beta}, k_W {w}, fan-in {n}");
                    }
                }
            }
        }
    }

    private static IEnumerable<int> Alphas(IReadOnlyList<Layer> model, Shape images, WageOptions options) =>
        new Network(model, options.ToScheme(), new SquaredError(), images, new ReferenceBackend()).Parameters.Select(w => 1 << w.Log2Alpha);
}
