using System.Runtime.CompilerServices;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation.Products;

namespace Wage.Simulation;

/// <summary>See <see cref="FloatOptimizer.Adam"/>.</summary>
internal sealed class FloatAdam : FloatOptimizer
{
    private readonly Ratio beta1;
    private readonly Ratio beta2;
    private readonly Ratio epsilon;

    public FloatAdam(Ratio beta1, Ratio beta2, Ratio epsilon, Ratio? weightDecay, Ratio? biasRate, bool decaysAll)
        : base(weightDecay, biasRate, decaysAll)
    {
        RequireFraction("beta1", beta1);
        RequireFraction("beta2", beta2);
        (this.beta1, this.beta2, this.epsilon) = (beta1, beta2, epsilon);
        Traits = Describe(("beta1", $"{beta1}", "9/10"), ("beta2", $"{beta2}", "999/1000"), ("epsilon", $"{epsilon}", "1/100000000"));
    }

    /// <inheritdoc/>
    public override string Name => "adam";

    /// <inheritdoc/>
    internal override IReadOnlyList<string> States { get; } = ["mean", "square"];

    /// <inheritdoc/>
    internal override IReadOnlyList<ModelTrait> Traits { get; }

    /// <inheritdoc/>
    internal override void Learn(FloatParameter p, float eta, uint step, FloatEngine engine)
    {
        // The betas of the corrections are the float32 ones too: 1 - 0.999 and 1 - (float)0.999 differ by 5 in 10^5.
        var (b1, b2) = (FloatMath.ToFloat(beta1), FloatMath.ToFloat(beta2));
        var rate = (float)(eta / (1 - FloatMath.Power(b1, step + 1L)));
        var root = (float)Math.Sqrt(1 - FloatMath.Power(b2, step + 1L));
        var decay = DecayOf(p);
        FloatUpdates.Run(p, new Update(rate, root, b1, 1 - b1, b2, 1 - b2, FloatMath.ToFloat(epsilon), decay), engine);
    }

    private readonly unsafe record struct Update(
        float Rate, float Root, float Beta1, float Rest1, float Beta2, float Rest2, float Epsilon, float Decay) : IFloatUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step<T>(float* w, float* g, float* mean, float* square)
            where T : struct, IFloatLanes<T>
        {
            var value = T.Load(w);
            var change = T.Load(g);
            if (Decay != 0) change = T.MultiplyAdd(T.Of(Decay), value, change);
            var m = T.MultiplyAdd(T.Of(Beta1), T.Load(mean), T.Of(Rest1) * change);
            var v = T.MultiplyAdd(T.Of(Beta2), T.Load(square), T.Of(Rest2) * change * change);
            m.Store(mean);
            v.Store(square);
            T.MultiplyAdd(T.Of(-Rate), m / ((T.SquareRoot(v) / T.Of(Root)) + T.Of(Epsilon)), value).Store(w);
        }
    }
}
