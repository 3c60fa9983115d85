using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>How a kind of tensors is quantized: immutable, shared by the tensors of a network, from any assembly.</summary>
public interface IQuantizer
{
    /// <summary>The integers that it makes.</summary>
    QuantizedRange Range { get; }

    /// <summary>
    /// True where its instances have a <see cref="TensorQuantizer.Stage"/>, so that a block can run in one piece; a Q_A of a block is not measured,
    /// for its input is never stored.
    /// </summary>
    bool HasStage => false;

    /// <summary>Its instance for one tensor, which may have tensors of its own.</summary>
    TensorQuantizer For(in TensorSite site, BuildContext context);
}

/// <summary>A tensor that is to be quantized.</summary>
/// <param name="Role">Which of W, A, E it is.</param>
/// <param name="Name">The layer, for messages.</param>
/// <param name="Index">Of weights the parameter's, of others <see cref="BuildContext.NextIndex"/>: the stream of its random bits.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="FractionBits">log2 of 1 / unit of what comes in.</param>
public readonly record struct TensorSite(TensorRole Role, string Name, int Index, Shape Shape, int FractionBits);

/// <summary>Which tensors a quantizer quantizes.</summary>
public enum TensorRole
{
    /// <summary>Q_W: stored weights to the weights that products use.</summary>
    Weights,

    /// <summary>Q_A: accumulators to activations.</summary>
    Activations,

    /// <summary>Q_E: errors.</summary>
    Errors,
}

/// <summary>
/// The quantizer of one tensor, in two phases: statistics of the tensor are taken and, where workers share the batch, made everybody's; then it is
/// quantized.
/// </summary>
public abstract class TensorQuantizer : IStateful, IRounded
{
    /// <inheritdoc/>
    public virtual IEnumerable<NamedState> States => [];

    /// <summary>Its index in <see cref="RandomStream.Rounding"/>, or null where it draws no random bits.</summary>
    public virtual int? RoundingIndex => null;

    /// <summary>
    /// The quantizer as an output stage that a product, or a pass over a tensor, can run, or null where it is none: of Q_A after a ReLU, with a mask
    /// of the bits of <see cref="ActivationStage"/>; of Q_E with that mask as its gate. Random stages are nearest in an evaluation.
    /// </summary>
    /// <param name="s">The step.</param>
    public virtual FusedStage? Stage(in StepContext s) => null;

    /// <summary>
    /// Adds what <see cref="Apply"/> does in an evaluation to a plan: a <see cref="StageOperation"/>, a <see cref="LookupOperation"/>, or one of its
    /// own. It must not depend on what is measured of the tensor, for the answer for an image is the same in every batch.
    /// </summary>
    /// <param name="plan">Where.</param>
    /// <param name="name">The layer's name.</param>
    /// <param name="input">The node that gives x.</param>
    /// <param name="output">What comes out.</param>
    /// <returns>The node that gives Q(x).</returns>
    /// <exception cref="WageException">It does not say it: its network can be trained and evaluated, and has no plan.</exception>
    public virtual int Emit(PlanBuilder plan, string name, int input, in SignalSpec output) => throw new WageException(
        $"{name}: its quantizer does not say what it does without training, so the network has no plan.", "override TensorQuantizer.Emit.");

    /// <summary>The tensors of a stage with those of the quantizer: its range and its random bits.</summary>
    public virtual StageTensors Complete(in StageTensors t, in StepContext s) => t;

    /// <summary>
    /// Takes the statistics of x, by default none. An element whose gate has not all of these bits counts as 0: that is what it is where the
    /// derivative before is a pass of its own and there is no gate.
    /// </summary>
    /// <param name="x">What is to be quantized.</param>
    /// <param name="gate">UInt8, or null: every element counts as it is.</param>
    /// <param name="gateBits">See <paramref name="gate"/>.</param>
    /// <param name="s">The step: only in training a state may move.</param>
    public virtual void Measure(Tensor x, Tensor? gate, int gateBits, in StepContext s)
    {
    }

    /// <summary>
    /// True where <see cref="Apply"/> needs nothing of this step's tensor, so that a product can end in <see cref="Stage"/> before the tensor is
    /// whole; <see cref="Measure"/> then does nothing. While it is false for want of a first tensor, the device may be asked.
    /// </summary>
    /// <param name="s">The step.</param>
    public virtual bool IsStatic(in StepContext s) => false;

    /// <summary>True where <see cref="IsStatic"/> can be.</summary>
    public virtual bool CanBeStatic => false;

    /// <summary>The exponent of the unit of what <see cref="Apply"/> made, Int64 [1]; null where the unit is known before.</summary>
    public virtual Tensor? Exponent => null;

    /// <summary>Takes what it needs of a parameter's first values, when they are drawn or loaded.</summary>
    /// <param name="stored">The values.</param>
    public virtual void Start(Tensor stored)
    {
    }

    /// <summary>Called when a parameter's stored values took a step; it may clip them, one by one.</summary>
    /// <param name="stored">The values; where workers learn parts, this one's.</param>
    public virtual void Learned(Tensor stored)
    {
    }

    /// <summary>What <see cref="Apply"/> left there: see <see cref="StageTensors.Statistic"/>. Null where it leaves nothing.</summary>
    public virtual Tensor? Statistic => null;

    /// <summary>What <see cref="Apply"/> left, Int64: <see cref="Advance"/> finds the greatest of all workers there. Null: nothing.</summary>
    public virtual Tensor? LeftMaximum => null;

    /// <summary>Takes what <see cref="Apply"/> left of a training step's tensor for the next step's; called once a step, after it.</summary>
    /// <param name="s">The step.</param>
    public virtual void Advance(in StepContext s)
    {
    }

    /// <summary>
    /// t.Output = Q(x), where t.Gate lets it pass; t.Exponent[0] = t.ExponentIn[0] + the bits dropped, where these are given. Moves no state: that is
    /// <see cref="Measure"/>'s.
    /// </summary>
    public abstract void Apply(Tensor x, in StageTensors t, in StepContext s);

    /// <summary>The derivative of Q at x applied to delta, in place. By default 1: straight through.</summary>
    public virtual void Backward(Tensor x, Tensor delta)
    {
    }
}

/// <summary>The integers that a quantizer makes: value = integer * 2^-FractionBits, |integer| &lt;= Limit.</summary>
public readonly record struct QuantizedRange(ElementType Type, int FractionBits, int Limit)
{
    /// <summary>The k-bit grid of WAGE: unit sigma(k) = 2^(1-k), limit 2^(k-1) - 1.</summary>
    public static QuantizedRange Of(int bits) => new(ElementTypes.ForBits(bits), bits - 1, BitWidths.Limit(bits));
}

/// <summary>A quantizer that is an output stage, perhaps of the tensor's greatest magnitude.</summary>
/// <param name="backend">Where the tensors live.</param>
/// <param name="role">Which of W, A, E it is.</param>
/// <param name="index">See <see cref="TensorSite.Index"/>.</param>
/// <param name="training">The stage of a training step.</param>
/// <param name="evaluation">The stage of an evaluation, in which nothing is random.</param>
/// <param name="maximum">Int64 [1], which takes the greatest magnitude before the stage runs; null where the stage needs none.</param>
public class StageQuantizer(
    IBackend backend, TensorRole role, int index, FusedStage training, FusedStage evaluation, Tensor? maximum = null) : TensorQuantizer
{
    private readonly uint stream = RandomStream.Rounding(role, index);

    /// <inheritdoc/>
    public override int? RoundingIndex => index;

    /// <summary>Where the tensors live.</summary>
    protected IBackend Backend => backend;

    /// <summary>True where the stage needs the greatest magnitude of what it is to quantize.</summary>
    internal bool Measures => maximum is not null;

    /// <inheritdoc/>
    public sealed override FusedStage Stage(in StepContext s) => s.Phase == Phase.Training ? training : evaluation;

    /// <inheritdoc/>
    public sealed override int Emit(PlanBuilder plan, string name, int input, in SignalSpec output)
    {
        if (maximum is not null) return base.Emit(plan, name, input, output);
        var t = Complete(default, default);
        return plan.Add(name, new StageOperation(Alone(Phase.Evaluation), t.Reads()), output, [input], t.Constants(name));
    }

    /// <summary>The stage where it is not fused into a product, of the tensor as it is; by default the same.</summary>
    protected virtual FusedStage Alone(Phase phase) => phase == Phase.Training ? training : evaluation;

    /// <inheritdoc/>
    public override StageTensors Complete(in StageTensors t, in StepContext s) =>
        t with
        {
            Range = maximum,
            Key = new RandomKey(s.Seed, stream, s.Step),
            FirstRandom = s.FirstImage == 0 || role == TensorRole.Weights ? 0 : (long)s.FirstImage * t.Output.Shape.Stride,
        };

    /// <inheritdoc/>
    public override void Measure(Tensor x, Tensor? gate, int gateBits, in StepContext s)
    {
        if (maximum is null) return;
        backend.Reduce(x, gate, gateBits, default(MaxAbs), maximum);
        s.Workers?.Max(maximum);
    }

    /// <inheritdoc/>
    public sealed override void Apply(Tensor x, in StageTensors t, in StepContext s) => Alone(s.Phase).Map(backend, x, Complete(t, s));
}
