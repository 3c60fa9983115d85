using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>How weights learn: immutable, shared by the parameters of a network, from any assembly. WAGE's is <see cref="WageUpdate"/>.</summary>
public abstract class UpdateRule
{
    /// <summary>Its instance for one parameter, which may have tensors of its own.</summary>
    public abstract ParameterRule For(Parameter parameter, BuildContext context);
}

/// <summary>
/// How one parameter learns, in phases: the gradient, summed over the workers, is measured, when everybody's measures are there the stored weights
/// take a step, and what is left of it serves the next one.
/// </summary>
public abstract class ParameterRule : IStateful
{
    /// <inheritdoc/>
    public virtual IEnumerable<NamedState> States => [];

    /// <summary>What was subtracted from the stored weights in the last step, on their grid; null where the rule keeps no such tensor.</summary>
    public virtual Tensor? Update => null;

    /// <summary>What <see cref="Learn"/> counted of the gradient: see <see cref="StageTensors.Statistic"/>. Null where it counts nothing.</summary>
    public virtual Tensor? Statistic => null;

    /// <summary>
    /// True: where workers share a batch, each of them may learn the elements of <see cref="Parameter.Part"/> alone, for the rule treats one like
    /// another, by <see cref="Parameter.PartOf"/> of the gradient, of the stored weights and of its own tensors, and with the random bits of the
    /// elements' places in the whole. By default false: every worker is given the sum of all gradients and learns everything.
    /// </summary>
    public virtual bool LearnsParts => false;

    /// <summary>What <see cref="Measure"/> took of a part, Int64: <see cref="Learn"/> finds everybody's greatest there. Null: nothing.</summary>
    public virtual Tensor? Maximum => null;

    /// <summary>The same of what <see cref="Learn"/> left for <see cref="Advance"/>.</summary>
    public virtual Tensor? LeftMaximum => null;

    /// <summary>Of an observed step: the numbers that <see cref="Learn"/> saturated; null where it does not count them.</summary>
    public virtual long? Cut => null;

    /// <summary>Takes what the step needs to know of the whole gradient. By default nothing.</summary>
    /// <param name="s">The step.</param>
    public virtual void Measure(in StepContext s)
    {
    }

    /// <summary>Brings the gradient of <see cref="Parameter.Gradient"/> into <see cref="Parameter.Stored"/>.</summary>
    /// <param name="s">The step, with its rate.</param>
    public abstract void Learn(in StepContext s);

    /// <summary>Takes what <see cref="Learn"/> left for the next step; called once a step, after it. By default nothing.</summary>
    /// <param name="s">The step.</param>
    public virtual void Advance(in StepContext s)
    {
    }

    /// <summary>Checks a rate of the schedule.</summary>
    /// <exception cref="WageException">With gradients of up to <see cref="Parameter.GradientBound"/> it cannot be proved safe.</exception>
    public virtual void RequireRate(Ratio eta)
    {
    }

    /// <summary>Checks a rate that the schedule was given, not one between two of them on a ramp: by it weights must learn.</summary>
    /// <exception cref="WageException">It is so small that it is none.</exception>
    public virtual void RequireGivenRate(Ratio eta)
    {
    }
}
