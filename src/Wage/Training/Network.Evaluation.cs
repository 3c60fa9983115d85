using Wage.Models;

namespace Wage.Training;

/// <content>Its evaluations, by its plan where it has one.</content>
public sealed partial class Network
{
    /// <summary>The model as it is now, with copies of the quantized weights: it runs as an <see cref="IntegerModel"/>, on any backend.</summary>
    /// <exception cref="WageException">A layer or a quantizer does not say what it does in an evaluation; it is named.</exception>
    public ModelPlan ToPlan()
    {
        lock (Backend.Turn)
        {
            QuantizeWeights();
            return evaluation.Value.ToPlan();
        }
    }

    /// <inheritdoc/>
    void ITrainable.Prepare()
    {
        RequireWeights();
        QuantizeWeights();
    }

    /// <inheritdoc/>
    void ITrainable.Evaluate() => Loss.Error(scores = Alive(evaluation).Value.Scores(), Labels, Metrics);

    /// <inheritdoc/>
    public void Predict(Span<int> classes) => Alive(evaluation).Value.Predict(classes);

    int ITrainable.ScoreFractionBits => ScoresSpec.FractionBits;

    void ITrainable.ReadScores(Span<long> scores) => Alive(evaluation).Value.Read(scores);
}
