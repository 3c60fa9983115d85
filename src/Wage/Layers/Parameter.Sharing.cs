using Wage.Quantization;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Layers;

/// <content>What workers that share a batch make of it: each learns a part, where the rule lets them.</content>
public sealed partial class Parameter
{
    private ParameterShare? share;
    private bool isSplit;
    private bool isComplete;

    /// <summary>What this worker learns in this step; see <see cref="ParameterRule.LearnsParts"/>.</summary>
    public ParameterPart Part => isSplit ? share!.Part : new ParameterPart(0, Stored.Length);

    /// <summary>The part of a tensor as long as the parameter that this worker learns: flat, or the tensor itself.</summary>
    public Tensor PartOf(Tensor whole) => isSplit ? share!.Of(whole) : whole;

    /// <summary>
    /// The products have made this step's gradient: the derivative of Q_W, and where workers learn parts their sum begins. Once a step, before
    /// <see cref="Measure"/>, which else does it.
    /// </summary>
    internal void Complete(in StepContext s)
    {
        if (isComplete) return;
        isComplete = true;
        quantizer.Backward(Stored, Gradient);
        isSplit = !IsSummed && s.Workers is Collective workers && !probe.IsObserved && Splits(workers);
        if (isSplit) share!.Begin();
    }

    /// <summary>True where the layer makes its gradient of sums that are everybody's already.</summary>
    internal bool IsSummed { get; set; }

    /// <summary>See <see cref="ParameterRule.Maximum"/>, and <see cref="ParameterRule.LeftMaximum"/>.</summary>
    internal (Tensor? Measured, Tensor? Left) Maxima => (rule.Maximum, rule.LeftMaximum);

    /// <summary>See <see cref="ParameterRule.Advance"/>.</summary>
    internal void Advance(in StepContext s) => rule.Advance(s);

    /// <summary>The others' parts of the stored weights are there.</summary>
    internal void Receive() => share?.Receive();

    /// <summary>The same of what the rule remembers: every worker calls it.</summary>
    internal void ReceiveStates() => share?.ReceiveStates();

    /// <summary>Waits for exchanges under way, which have memory of this parameter.</summary>
    internal void EndSharing() => share?.End();

    /// <summary>The bytes that a worker sends to the others in a step, of the gradient and the stored weights.</summary>
    internal long BytesOf(int rank, int ranks) => IsSummed ? 0 : LearnsPartsOf(ranks)
        ? ParameterShare.Bytes(this, rank, ranks) : Collective.SumBytes(Stored.Length, Gradient.Type, rank, ranks);

    private bool LearnsPartsOf(int ranks) => ranks > 1 && rule.LearnsParts && new Parts(Stored.Length, ranks).Exist;

    private bool Splits(Collective workers)
    {
        if (!LearnsPartsOf(workers.Size) || !workers.HaveParts(Stored)) return false;
        if (share?.Workers == workers) return true;
        share?.ReceiveStates();                                 // of the workers of the steps before
        share = new ParameterShare(workers, this, rule.States);
        return true;
    }
}
