using MathNet.Numerics.Distributions;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Simulation;
using Wage.Simulation.Conversion;
using Wage.Simulation.Products;
using Wage.Simulation.Ranges;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Ranges;

/// <summary>Codes of values, rounded to the nearest or at random, against the definition element by element, and their statistics.</summary>
[Parallelizable]
public sealed class UniformCodingTests
{
    private static readonly RandomKey Key = new(77, RandomStream.Rounding(Wage.Quantization.TensorRole.Errors, 3), 5);

    private static readonly AffineGrid[] Grids =
    [
        AffineGrid.Of("e", -1, 2, 8), AffineGrid.Of("e", -.3f, .4f, 4), AffineGrid.Of("e", 0, 1e-8f, 8), AffineGrid.Symmetric("e", .7f, 8),
        AffineGrid.Of("e", -30, .1f, 2),
    ];

    [Test]
    public void EveryElementIsThatOfTheDefinitionWithAnyLanesAndThreads([Range(0, 4)] int index, [Values(0, 1, 6)] int first)
    {
        var (x, grid) = (RangeRuns.Values(33_001, 2), Grids[index]);
        (x.Span[7], x.Span[8], x.Span[9]) = (0, float.PositiveInfinity, float.NegativeInfinity);
        var (nearest, random, counts) = (new FloatTensor(x.Shape), new FloatTensor(x.Shape), default(CodingCounts));
        for (var i = 0; i < x.Span.Length; i++)
        {
            nearest.Span[i] = (float)grid.Value(grid.Code(x.Span[i]));
            var u = RandomBits.UInt32(Key, (ulong)(first + i)) / 4294967296.0;
            var code = Math.Clamp(Math.Floor((x.Span[i] / (double)grid.Scale) + u) + grid.ZeroPoint, grid.Codes.Low, grid.Codes.High);
            random.Span[i] = (float)grid.Value((int)code);
            var isBeyond = x.Span[i] < grid.Least - (0.5 * grid.Scale) || x.Span[i] > grid.Greatest + (0.5 * grid.Scale);
            counts += new CodingCounts(isBeyond ? 1 : 0, x.Span[i] != 0 && random.Span[i] == 0 ? 1 : 0, x.Span[i] != 0 ? 1 : 0);
        }

        using var pool = new WorkerPool(3);
        foreach (var engine in new[] { new FloatEngine(null, 1), new FloatEngine(pool, 16), new FloatEngine(pool, 4) })
        {
            var (coding, y) = (new UniformCoding(engine, x.Span.Length), new FloatTensor(x.Shape));
            Assert.That(coding.Stochastic(x, grid, y, Key, first), Is.EqualTo(counts));
            Assert.That(y.Span.SequenceEqual(random.Span), Is.True);
            coding.Nearest(x, grid, y);
            Assert.That(y.Span.SequenceEqual(nearest.Span), Is.True);
        }
    }

    [Test]
    public void NotANumberStaysOne()
    {
        var (x, y) = (RangeRuns.Values(40, 1), new FloatTensor(new Shape(40)));
        x.Span.Fill(float.NaN);
        new UniformCoding(new FloatEngine(null, FloatEngine.Widest), 40).Stochastic(x, Grids[0], y, Key, 0);
        Assert.That(y.Span.ToArray(), Is.All.NaN);
    }

    [Test]
    public void ValuesAreRoundedUpAsOftenAsTheyLieAboveTheLowerCode()
    {
        const int bins = 16, each = 4000;
        var (grid, x) = (Grids[0], new FloatTensor(new Shape(bins * each)));
        for (var i = 0; i < x.Span.Length; i++) x.Span[i] = (float)(grid.Scale * ((i % 23) - 11 + (((i / each) + 0.5) / bins)));
        var y = new FloatTensor(x.Shape);
        new UniformCoding(new FloatEngine(null, FloatEngine.Widest), x.Span.Length).Stochastic(x, grid, y, Key, 0);
        var (square, error) = (0.0, 0.0);
        for (var bin = 0; bin < bins; bin++)
        {
            var (up, p) = (0, (bin + 0.5) / bins);
            for (var i = bin * each; i < (bin + 1) * each; i++)
            {
                var below = (float)(grid.Scale * Math.Floor(x.Span[i] / (double)grid.Scale));
                if (y.Span[i] > below) up++;
                error += (double)y.Span[i] - x.Span[i];
            }

            square += Math.Pow(up - (each * p), 2) / (each * p * (1 - p));
        }

        Assert.That(square, Is.InRange(ChiSquared.InvCDF(bins, 0.0005), ChiSquared.InvCDF(bins, 0.9995)));
        Assert.That(Math.Abs(error), Is.LessThan(3.3 * grid.Scale * Math.Sqrt(x.Span.Length * 0.17)), "right in the mean");
    }

    [Test]
    public void TheBitsAreOthersInEveryStepAndStream()
    {
        var (x, coding) = (RangeRuns.Values(1000, 1), new UniformCoding(new FloatEngine(null, FloatEngine.Widest), 1000));
        var other = RandomStream.Rounding(Wage.Quantization.TensorRole.Errors, 4);
        var keys = new[] { Key, Key with { Step = 6 }, Key with { Seed = 78 }, Key with { Stream = other } };
        var results = keys.Select(key =>
        {
            var y = new FloatTensor(x.Shape);
            coding.Stochastic(x, Grids[0], y, key, 0);
            return string.Join(' ', y.Span.ToArray());
        });
        Assert.That(results, Is.Unique);
    }
}
