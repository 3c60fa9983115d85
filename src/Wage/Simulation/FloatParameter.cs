using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>
/// Trained values with their gradient, and with momentum their velocity: v = momentum v + g, w = w - eta v, each by one fused multiply-add.
/// </summary>
internal sealed class FloatParameter
{
    private readonly float momentum;

    /// <param name="name">"dense1", "dense1.bias".</param>
    /// <param name="index">The position among the network's parameters: the stream of its random bits.</param>
    /// <param name="shape">The shape.</param>
    /// <param name="fanIn">The terms of one output; 0: the values begin as zeros.</param>
    /// <param name="momentum">0: none.</param>
    /// <param name="allocate">Makes a tensor.</param>
    public FloatParameter(string name, int index, Shape shape, int fanIn, float momentum, Func<MemoryKind, Shape, FloatTensor> allocate)
    {
        (Name, Index, FanIn, this.momentum) = (name, index, fanIn, momentum);
        (Value, Gradient) = (allocate(MemoryKind.Weights, shape), allocate(MemoryKind.Gradients, shape));
        if (momentum > 0) Velocity = allocate(MemoryKind.Weights, shape);
    }

    public string Name { get; }

    public int Index { get; }

    public int FanIn { get; }

    public FloatTensor Value { get; }

    /// <summary>The mean over the batch of the loss's derivative.</summary>
    public FloatTensor Gradient { get; }

    public FloatTensor? Velocity { get; }

    /// <summary>True: it does not learn.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Zeros; or He et al. 2015: W ~ U(-L, L), L = sqrt(6 / fan-in), element i from the 32 uniform bits of index i.</summary>
    public void Initialize(ulong seed)
    {
        Value.Span.Clear();
        Velocity?.Span.Clear();
        if (FanIn == 0) return;
        var (limit, key) = (Math.Sqrt(6.0 / FanIn), new RandomKey(seed, RandomStream.Initialization(Index), 0));
        var values = Value.Span;
        for (var i = 0; i < values.Length; i++)
        {
            var uniform = (2L * RandomBits.UInt32(key, (ulong)i)) + 1 - (1L << 32);
            values[i] = (float)(limit * (uniform / 4294967296.0));
        }
    }

    /// <summary>One step of stochastic gradient descent.</summary>
    public void Learn(float eta)
    {
        Span<float> values = Value.Span, change = Gradient.Span;
        if (Velocity is not null)
        {
            var velocity = Velocity.Span;
            for (var i = 0; i < velocity.Length; i++) velocity[i] = MathF.FusedMultiplyAdd(momentum, velocity[i], change[i]);
            change = velocity;
        }

        for (var i = 0; i < values.Length; i++) values[i] = MathF.FusedMultiplyAdd(-eta, change[i], values[i]);
    }
}
