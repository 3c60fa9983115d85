using FsCheck.Fluent;
using MathNet.Numerics.Distributions;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation.Stochastic;

namespace Wage.Tests.Simulation.Stochastic;

/// <summary>The roulette of stochastic quantization, against its definition and its law.</summary>
[Parallelizable]
public sealed class RouletteTests
{
    [Test]
    public void ExactlySoManyUnitsAreDrawnAndTheyAreThoseOfTheDefinition() => Laws.Hold(
        Gen.Zip(Gen.ListOf(Gen.Choose(1, 1000)), Gen.Zip(Gen.Choose(0, 1000), Gen.Choose(0, 1 << 20))), given =>
        {
            long[] weights = [5, .. given.Item1.Select(weight => weight % 7 == 0 ? 1L : (long)weight << (weight % 31))];
            var (count, key) = (given.Item2.Item1 % (weights.Length + 1), new RandomKey(7, RandomStream.Partition(3), (uint)given.Item2.Item2));
            var drawn = Draw(weights, count, key);
            Assert.That(drawn.Count(flag => flag), Is.EqualTo(count));
            Assert.That(drawn, Is.EqualTo(Defined(weights, count, key)));
        });

    [Test]
    public void EveryUnitIsDrawnWhenAsManyAreAskedFor([Values(1, 2, 63, 64, 65, 1000)] int units) =>
        Assert.That(Draw([.. Enumerable.Range(1, units).Select(i => (long)i)], units, new RandomKey(1, 2, 3)), Is.All.True);

    [TestCase("constant")]
    [TestCase("linear")]
    [TestCase("softmax")]
    [TestCase("sigmoid")]
    public void SelectionFollowsTheLaw(string law)
    {
        double[] errors = [0.2, 0.25, 0.3, 0.45, 0.9];
        var weights = new long[errors.Length];
        SelectionLaw.Weigh(Enum.Parse<Probability>(law, ignoreCase: true), (double[])errors.Clone(), weights);
        double[] p = [.. Expected(law, errors)];
        for (var i = 0; i < p.Length; i++) Assert.That(weights[i] / Math.ScaleB(1, 40), Is.EqualTo(p[i]).Within(1e-11));
        const int draws = 20000;
        var roulette = New(errors.Length);
        var drawn = new bool[errors.Length];
        var counts = new Dictionary<string, int>();
        for (var step = 0u; step < draws; step++)
        {
            roulette.Draw(weights, 2, new RandomKey(11, RandomStream.Partition(0), step), drawn);
            var set = string.Concat(drawn.Select(flag => flag ? '1' : '0'));
            counts[set] = counts.GetValueOrDefault(set) + 1;
        }

        var (statistic, sets) = (0.0, 0);
        for (var i = 0; i < p.Length; i++)
        {
            for (var j = i + 1; j < p.Length; j++)
            {
                var set = string.Concat(Enumerable.Range(0, p.Length).Select(k => k == i || k == j ? '1' : '0'));
                var expected = draws * ((p[i] * p[j] / (1 - p[i])) + (p[j] * p[i] / (1 - p[j])));       // i first or j first
                statistic += Math.Pow(counts.GetValueOrDefault(set) - expected, 2) / expected;
                sets++;
            }
        }

        Assert.That(sets, Is.EqualTo(10));
        Assert.That(1 - ChiSquared.CDF(sets - 1, statistic), Is.GreaterThan(0.01), $"chi-square {statistic:0.00} of {sets - 1} degrees");
    }

    [Test]
    public void AUnitWithoutErrorIsWeighedByEpsilonAndNoneIsLeftOut()
    {
        var weights = new long[3];
        SelectionLaw.Weigh(Probability.Linear, [0, 0.5, 1e9], weights);
        Assert.That(weights[0], Is.EqualTo((1L << 40) - 219902).Within(2));
        Assert.That(weights[2], Is.EqualTo(1));
        SelectionLaw.Weigh(Probability.Softmax, [0, 0.5, 1e9], weights);
        Assert.That(weights, Is.EqualTo(new[] { 1L << 40, 1, 1 }));
    }

    private static IEnumerable<double> Expected(string law, double[] errors)
    {
        double[] f = [.. errors.Select(e => 1 / (e + 1e-7))];
        double[] raw = law switch
        {
            "constant" => [.. f.Select(_ => 1.0)],
            "linear" => f,
            "softmax" => [.. f.Select(Math.Exp)],
            _ => [.. f.Select(value => 1 / (1 + Math.Exp(-value)))],
        };
        return raw.Select(value => value / raw.Sum());
    }

    private static Roulette New(int units) => new(new long[units + 1]);

    private static bool[] Draw(long[] weights, int count, RandomKey key)
    {
        var drawn = new bool[weights.Length];
        New(weights.Length).Draw(weights, count, key, drawn);
        return drawn;
    }

    /// <summary>As the specification says it: the first unit whose cumulative sum is greater than v.</summary>
    private static bool[] Defined(long[] given, int count, RandomKey key)
    {
        var (weights, drawn) = ((long[])given.Clone(), new bool[given.Length]);
        for (var n = 0; n < count; n++)
        {
            var v = (UInt128)RandomBits.UInt64(key, (ulong)n) * (UInt128)weights.Sum() >> 64;
            var (j, sum) = (0, (UInt128)weights[0]);
            while (sum <= v) sum += (UInt128)weights[++j];
            (drawn[j], weights[j]) = (true, 0);
        }

        return drawn;
    }
}
