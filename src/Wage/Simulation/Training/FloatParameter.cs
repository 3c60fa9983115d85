using System.Numerics;
using Wage.Numbers;
using Wage.Schemes;
using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>Trained values with their gradient, and what the optimizer keeps of them.</summary>
internal sealed class FloatParameter
{
    private const int FactorBits = 40;

    /// <param name="name">"dense1", "dense1.bias".</param>
    /// <param name="index">The position among the network's parameters: the stream of its random bits.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="fanIn">The terms of one output; 0: the values begin with <see cref="Start"/>.</param>
    /// <param name="optimizer">How it learns.</param>
    /// <param name="allocate">Makes a tensor.</param>
    public FloatParameter(
        string name, int index, Shape shape, int fanIn, FloatOptimizer optimizer, Func<MemoryKind, Shape, FloatTensor> allocate)
    {
        (Name, Index, FanIn) = (name, index, fanIn);
        (Value, Gradient) = (allocate(MemoryKind.Weights, shape), allocate(MemoryKind.Gradients, shape));
        States = [.. optimizer.States.Select(state => (state, allocate(MemoryKind.Weights, shape)))];
    }

    public string Name { get; }

    public int Index { get; }

    public int FanIn { get; }

    public FloatTensor Value { get; }

    /// <summary>The mean over the batch of the loss's derivative.</summary>
    public FloatTensor Gradient { get; }

    /// <summary>What the optimizer keeps, by name: "velocity".</summary>
    public IReadOnlyList<(string Name, FloatTensor Values)> States { get; }

    /// <summary>True for weights of products.</summary>
    public bool IsWeights => FanIn > 0;

    /// <summary>With what values begin that are not drawn.</summary>
    public float Start { get; init; }

    /// <summary>How weights begin.</summary>
    public FirstWeights First { get; init; }

    /// <summary>True for the weights that give the scores.</summary>
    public bool GivesScores { get; init; }

    /// <summary>What Fixup makes of the first weights; null: nothing.</summary>
    public FixupStart? Fixup { get; init; }

    /// <summary>True for a layer's bias.</summary>
    public bool IsBias => Name.EndsWith(".bias", StringComparison.Ordinal);

    /// <summary>What the learning rate is multiplied by in this step: a scheme's answer to what it did to the errors.</summary>
    public float Rate { get; set; } = 1;

    /// <summary>True: it does not learn.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>The optimizer begins anew.</summary>
    public void Forget()
    {
        foreach (var (_, values) in States) values.Span.Clear();
    }

    /// <summary><see cref="Start"/>; or He et al. 2015: W ~ U(-L, L), L = sqrt(6 / fan-in), element i from the 32 uniform bits of
    /// index i; or of these bits W ~ N(0, deviation); or the integers of <see cref="NormalInitializer"/>.</summary>
    public void Initialize(ulong seed)
    {
        Value.Span.Fill(Start);
        Forget();
        if (FanIn == 0 || Fixup is { IsZero: true }) return;
        var (limit, key) = (Math.Sqrt(6.0 / FanIn), new RandomKey(seed, RandomStream.Initialization(Index), 0));
        var drawn = Value.Span;
        if (First.AreDrawnInIntegers)
        {
            var integers = new long[drawn.Length];
            (GivesScores ? NormalInitializer.Scores : NormalInitializer.Of(Fixup ?? FixupStart.None)).Initialize(FanIn, key, 0, integers);
            for (var i = 0; i < drawn.Length; i++) drawn[i] = (float)Math.ScaleB(integers[i], -NormalInitializer.FractionBits);
            return;
        }

        var narrower = Fixup is { } fixup ? Math.ScaleB((double)fixup.Deviation(BigInteger.One << (2 * FactorBits), 1), -FactorBits) : 1;
        for (var i = 0; i < drawn.Length; i++)
        {
            if (First.Deviation is { } deviation)
            {
                drawn[i] = (float)(narrower * FloatMath.ToDouble(deviation) * NormalValues.Of(RandomBits.UInt32(key, (ulong)i)));
                continue;
            }

            var uniform = (2L * RandomBits.UInt32(key, (ulong)i)) + 1 - (1L << 32);
            drawn[i] = (float)(narrower * limit * (uniform / 4294967296.0));
        }
    }
}

/// <summary>How the weights of a network begin: by He et al. 2015, uniform.</summary>
/// <param name="Deviation">Normal with this standard deviation; null: not so.</param>
/// <param name="AreDrawnInIntegers">Normal, by <see cref="NormalInitializer"/>.</param>
internal readonly record struct FirstWeights(Ratio? Deviation, bool AreDrawnInIntegers);
