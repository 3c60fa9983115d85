using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Tests.Simulation;

/// <summary>
/// The gradients against central differences of the same network in doubles. The only tests here with a tolerance: float32 has 24 bits.
/// </summary>
[Parallelizable]
public sealed class FloatGradientTests
{
    private const int Batch = 20;
    private const double Step = 1e-6;

    [Test]
    public void TheGradientsAreTheDerivativesOfTheLoss([Values("crossEntropy", "sse")] string loss)
    {
        using var host = new HostBackend(2);
        var network = FloatRuns.Network(host, loss == "sse" ? new SquaredError() : new SoftmaxCrossEntropy());
        network.Initialize(7);
        foreach (var bias in network.Parameters.Where(p => p.FanIn == 0))
        {
            for (var i = 0; i < bias.Value.Span.Length; i++) bias.Value.Span[i] = 0.01f * (i - 3);
        }

        var values = network.Parameters.Select(p => p.Value.Span.ToArray().Select(x => (double)x).ToArray()).ToArray();
        network.Take(FloatRuns.Digits.Train).Load(0, Augmentation.None, default);
        network.Step(new StepContext(Phase.Training, 7, 0, new Ratio(1, 1 << 20)));
        var compared = 0;
        for (var p = 0; p < values.Length; p++)
        {
            var gradient = network.Parameters[p].Gradient.Span.ToArray();
            var greatest = gradient.Max(Math.Abs);
            for (var i = 0; i < values[p].Length; i += 1 + (values[p].Length / 29))
            {
                var difference = (Loss(values, p, i, Step, loss) - Loss(values, p, i, -Step, loss)) / (2 * Step);
                Assert.That(gradient[i], Is.EqualTo(difference).Within(2e-5 * greatest), $"{network.Parameters[p].Name}[{i}]");
                compared++;
            }
        }

        Assert.That(compared, Is.GreaterThan(100));
    }

    /// <summary>The mean loss of the first images, with one value changed.</summary>
    private static double Loss(double[][] values, int changed, int at, double by, string loss)
    {
        var kept = values[changed][at];
        values[changed][at] += by;
        var sum = 0.0;
        for (var n = 0; n < Batch; n++)
        {
            double[] a = [.. FloatRuns.Digits.Train.Pixels.AsSpan(n * 784, 784).ToArray().Select(pixel => (double)(pixel / 255f))];
            for (var layer = 0; layer < 3; layer++) a = Dense(values[2 * layer], values[(2 * layer) + 1], a, layer < 2);

            var label = FloatRuns.Digits.Train.Labels[n];
            sum += loss == "sse" ? a.Select((x, j) => Math.Pow(x - (j == label ? 1 : 0), 2)).Sum() / 2
                : Math.Log(a.Sum(Math.Exp)) - a[label];
        }

        values[changed][at] = kept;
        return sum / Batch;
    }

    private static double[] Dense(double[] w, double[] b, double[] a, bool isHidden)
    {
        var y = b.ToArray();
        for (var o = 0; o < y.Length; o++)
        {
            for (var i = 0; i < a.Length; i++) y[o] += w[(o * a.Length) + i] * a[i];
            if (isHidden) y[o] = Math.Max(y[o], 0);
        }

        return y;
    }
}
