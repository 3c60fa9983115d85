using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Simulation.Conversion;
using Wage.Simulation.Quantization;

namespace Wage.Simulation.Ranges;

/// <summary>
/// A tensor quantized by an estimated range. In a training step the estimator says the range and its state moves, once; where a value is not finite
/// the state stays, the tensor counts as skipped, and its codes are those of the range as it was. In an evaluation the state is read.
/// </summary>
/// <param name="build">Memory.</param>
/// <param name="name">"conv1": for messages.</param>
/// <param name="state">"conv1.range": the state's name in checkpoints.</param>
/// <param name="length">The elements.</param>
/// <param name="bits">k.</param>
/// <param name="estimator">The range.</param>
internal sealed class RangedTensor(FloatBuilder build, string name, string state, int length, int bits, IRangeEstimator estimator)
{
    private readonly FloatRange measure = new(build, length);
    private readonly UniformCoding coding = new(build.Engine, build.Room<CodingCounts>(UniformCoding.Parts(length)));

    /// <summary>k.</summary>
    public int Bits => bits;

    /// <summary>The estimator.</summary>
    public IRangeEstimator Estimator => estimator;

    /// <summary>What is remembered.</summary>
    public RangeState State { get; } = new(build, state);

    /// <summary>The codes of the last <see cref="Run"/>; null: the first tensor of all was not finite, and was left as it is.</summary>
    public AffineGrid? Used { get; private set; }

    /// <summary>The grid of the range as it is.</summary>
    public AffineGrid Grid => estimator.Grid(name, State.Range, bits);

    /// <summary>Quantizes x into y.</summary>
    /// <param name="x">The values.</param>
    /// <param name="y">Where those of their codes go.</param>
    /// <param name="s">Training: the state moves.</param>
    /// <param name="random">The random bits of stochastic rounding; null: the nearest code.</param>
    /// <returns>y; or x, where there are no codes.</returns>
    /// <exception cref="WageException">An evaluation, and no training step has given the tensor a range.</exception>
    public FloatTensor Run(FloatTensor x, FloatTensor y, in StepContext s, RandomKey? random = null)
    {
        Used = s.Phase == Phase.Training ? Next(x, s.Step) : State.IsKnown ? Grid : throw new WageException(
            $"{name}: its activations have no range yet, so they have no codes.", "train a step, or load a checkpoint that has one.");
        if (Used is not { } grid) return x;
        var counts = random is { } key
            ? coding.Stochastic(x, grid, y, key, (long)s.FirstImage * x.Shape.Stride) : coding.Nearest(x, grid, y);
        if (s.Phase == Phase.Training) State.Count(counts, length);
        return y;
    }

    /// <summary>Shows observers what the last <see cref="Run"/> made of a tensor.</summary>
    /// <param name="quantity">What it is.</param>
    /// <param name="x">What entered.</param>
    /// <param name="y">What left.</param>
    public void Show(Quantity quantity, FloatTensor x, FloatTensor y) =>
        build.View.ShowCodes(name, quantity, x, y, bits, Used is { } used ? [used] : [], estimator.IsState);

    private AffineGrid? Next(FloatTensor x, uint step)
    {
        var (least, greatest) = measure.Of(x);
        if (measure.IsFinite) return estimator.Grid(name, estimator.Next(State, TensorRange.Of(least, greatest), x, step), bits);
        State.Skip();
        return State.IsKnown ? Grid : null;
    }
}
