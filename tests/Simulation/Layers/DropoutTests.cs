using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Simulation;
using Wage.Simulation.Layers;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Tests.Simulation.Layers;

/// <summary>What dropout keeps is a function of the seed, the step and the element.</summary>
[Parallelizable]
public sealed class DropoutTests
{
    private static readonly StepContext Context = new(Phase.Training, 7, 3, new Ratio(1, 10));

    [Test]
    public void AStepKeepsAShareAndScalesItAndTheErrorTakesTheSameElements()
    {
        var (x, layer) = (Ones(), Layer(new FloatEngine(null, 1)));
        var y = layer.Forward(x, Context).Span.ToArray();
        var kept = y.Count(value => value != 0);
        Assert.That(y.Where(value => value != 0), Is.All.EqualTo(4f / 3));
        Assert.That(kept / (double)y.Length, Is.EqualTo(0.75).Within(0.01));
        Assert.That(layer.Backward(Ones(), true, Context).Span.ToArray(), Is.EqualTo(y));
        Assert.That(layer.Forward(x, Context with { Step = 4 }).Span.ToArray(), Is.Not.EqualTo(y));
        for (var i = 0; i < y.Length; i += 37)
        {
            var isKept = RandomBits.UInt32(new RandomKey(7, RandomStream.Dropout(0), 3), (ulong)i) >= 1u << 30;
            Assert.That(y[i] != 0, Is.EqualTo(isKept));
        }
    }

    [Test]
    public void ThreadsChangeNothing()
    {
        using var pool = new WorkerPool(3);
        var expected = Layer(new FloatEngine(null, 1)).Forward(Ones(), Context).Span.ToArray();
        Assert.That(Layer(new FloatEngine(pool, 16)).Forward(Ones(), Context).Span.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void AnEvaluationIsTheIdentity()
    {
        var (x, layer) = (Ones(), Layer(new FloatEngine(null, 1)));
        Assert.That(layer.Forward(x, default), Is.SameAs(x));
    }

    private static FloatDropout Layer(FloatEngine engine) => new(engine, "dropout1", 0, new Ratio(1, 4), new FloatTensor(new Shape(30, 1001)));

    private static FloatTensor Ones()
    {
        var ones = new FloatTensor(new Shape(30, 1001));
        ones.Span.Fill(1);
        return ones;
    }
}
