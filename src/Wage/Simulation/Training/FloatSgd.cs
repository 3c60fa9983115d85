using System.Runtime.CompilerServices;
using Wage.Models;
using Wage.Numbers;
using Wage.Simulation.Products;

namespace Wage.Simulation;

/// <summary>See <see cref="FloatOptimizer.Sgd"/>.</summary>
internal sealed class FloatSgd : FloatOptimizer
{
    private readonly Ratio? momentum;
    private readonly bool nesterov;

    public FloatSgd(Ratio? momentum, bool nesterov, Ratio? weightDecay, Ratio? biasRate = null, bool decaysAll = false)
        : base(weightDecay, biasRate, decaysAll)
    {
        RequireFraction("momentum", momentum);
        if (nesterov && momentum is null)
            throw new WageException(
                $"{Term.Option("nesterov")}: is true, but there is no momentum for it to use.", $"set {Term.Option("momentum")}, for example 9/10.");
        (this.momentum, this.nesterov) = (momentum, nesterov);
        States = momentum is null ? [] : ["velocity"];
        Traits = Describe(("momentum", momentum?.ToString() ?? "0", "0"), ("nesterov", nesterov ? "true" : "false", "false"));
    }

    /// <inheritdoc/>
    public override string Name => "sgd";

    /// <inheritdoc/>
    internal override IReadOnlyList<string> States { get; }

    /// <inheritdoc/>
    internal override IReadOnlyList<ModelTrait> Traits { get; }

    /// <inheritdoc/>
    internal override void Learn(FloatParameter p, float eta, uint step, FloatEngine engine) =>
        FloatUpdates.Run(p, new Update(eta, FloatMath.ToFloat(momentum), DecayOf(p), nesterov), engine);

    private readonly unsafe record struct Update(float Eta, float Momentum, float Decay, bool Nesterov) : IFloatUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step<T>(float* w, float* g, float* velocity, float* other)
            where T : struct, IFloatLanes<T>
        {
            var value = T.Load(w);
            var change = T.Load(g);
            if (Decay != 0) change = T.MultiplyAdd(T.Of(Decay), value, change);
            if (velocity is not null)
            {
                var v = T.MultiplyAdd(T.Of(Momentum), T.Load(velocity), change);
                v.Store(velocity);
                change = Nesterov ? T.MultiplyAdd(T.Of(Momentum), v, change) : v;
            }

            T.MultiplyAdd(T.Of(-Eta), change, value).Store(w);
        }
    }
}
