using Wage.Models;
using Wage.Numbers;
using Wage.Simulation.Products;

namespace Wage.Simulation;

/// <summary>
/// How float32 weights learn from their gradient g, the mean over the batch; with a weight decay d, from g + d w, of weights but not of biases and
/// not of a batch norm's scale and shift, unless it acts on all. Every operation is rounded once, on its own or as a fused multiply-add, so all
/// machines agree.
/// </summary>
public abstract class FloatOptimizer
{
    private protected FloatOptimizer(Ratio? weightDecay, Ratio? biasRate, bool decaysAll) =>
        (WeightDecay, BiasRate, DecaysAll) = (weightDecay, biasRate ?? new Ratio(1, 1), decaysAll);

    /// <summary>"sgd" or "adam".</summary>
    public abstract string Name { get; }

    /// <summary>d; null: 0.</summary>
    public Ratio? WeightDecay { get; }

    /// <summary>Biases learn at this times the learning rate.</summary>
    public Ratio BiasRate { get; }

    /// <summary>True where d acts on biases and batch norm too.</summary>
    public bool DecaysAll { get; }

    /// <summary>What it keeps of each parameter, by name: "velocity".</summary>
    internal abstract IReadOnlyList<string> States { get; }

    /// <summary>What tells one run from another.</summary>
    internal abstract IReadOnlyList<ModelTrait> Traits { get; }

    /// <summary>Stochastic gradient descent: v = momentum v + g, w = w - eta v; Nesterov's: w = w - eta (g + momentum v).</summary>
    /// <param name="momentum">Below 1; null: 0, no velocity.</param>
    /// <param name="nesterov">Nesterov's form, as Sutskever et al. 2013 rewrite it.</param>
    /// <param name="weightDecay">d; null: 0.</param>
    /// <param name="biasRate">See <see cref="BiasRate"/>; null: 1.</param>
    /// <param name="decaysAll">See <see cref="DecaysAll"/>.</param>
    /// <exception cref="WageException">The momentum is 1 or more, or Nesterov's has none.</exception>
    public static FloatOptimizer Sgd(
        Ratio? momentum = null, bool nesterov = false, Ratio? weightDecay = null, Ratio? biasRate = null, bool decaysAll = false) =>
        new FloatSgd(momentum, nesterov, weightDecay, biasRate, decaysAll);

    /// <summary>
    /// Kingma and Ba 2015, in step t from 1: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
    /// w = w - eta / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon).
    /// </summary>
    /// <param name="beta1">Below 1; null: 9/10.</param>
    /// <param name="beta2">Below 1; null: 999/1000.</param>
    /// <param name="epsilon">Null: 10^-8.</param>
    /// <param name="weightDecay">d; null: 0.</param>
    /// <param name="biasRate">See <see cref="BiasRate"/>; null: 1.</param>
    /// <param name="decaysAll">See <see cref="DecaysAll"/>.</param>
    /// <exception cref="WageException">A beta is 1 or more.</exception>
    public static FloatOptimizer Adam(
        Ratio? beta1 = null, Ratio? beta2 = null, Ratio? epsilon = null, Ratio? weightDecay = null, Ratio? biasRate = null, bool decaysAll = false) =>
        new FloatAdam(
            beta1 ?? new Ratio(9, 10), beta2 ?? new Ratio(999, 1000), epsilon ?? new Ratio(1, 100_000_000), weightDecay, biasRate, decaysAll);

    /// <summary>One step.</summary>
    /// <param name="p">Its values and its states change.</param>
    /// <param name="eta">The learning rate.</param>
    /// <param name="step">The step's number in the run's stage, from 0.</param>
    /// <param name="engine">Whose threads and lanes do it.</param>
    internal abstract void Learn(FloatParameter p, float eta, uint step, FloatEngine engine);

    /// <summary>d of a parameter.</summary>
    private protected float DecayOf(FloatParameter p) => p.IsWeights || DecaysAll ? FloatMath.ToFloat(WeightDecay) : 0;

    /// <summary>Checks a decay of a moving value.</summary>
    private protected static void RequireFraction(string option, Ratio? value)
    {
        if (value is { } given && given.Numerator >= given.Denominator)
            throw new WageException($"{Term.Option(option)}: is {given}, but must be less than 1.");
    }

    private protected ModelTrait[] Describe(params ReadOnlySpan<(string Option, string Value, string Otherwise)> options)
    {
        var traits = new List<ModelTrait> { Trait("optimizer", Name, "sgd"), Trait("weightDecay", WeightDecay?.ToString() ?? "0", "0") };
        if (BiasRate != new Ratio(1, 1)) traits.Add(Trait("biasRate", BiasRate.ToString(), "1"));
        if (DecaysAll) traits.Add(Trait("decayOf", "all", "weights"));
        foreach (var (option, value, otherwise) in options) traits.Add(Trait(option, value, otherwise));
        return [.. traits];

        static ModelTrait Trait(string option, string value, string otherwise) => new($"{ModelIdentity.SchemePrefix}{option}", value, otherwise);
    }
}
