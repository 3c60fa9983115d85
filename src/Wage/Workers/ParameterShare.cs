using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Workers;

/// <summary>
/// What workers exchange of a parameter that each of them learns a part of: gradients are summed part by part, and the parts of the stored weights,
/// and of what the rule remembers of each of them, go to everybody.
/// </summary>
internal sealed class ParameterShare
{
    private readonly Collective workers;
    private readonly Parameter parameter;
    private readonly PartSum sum;
    private readonly PartGather weights;
    private readonly Dictionary<Tensor, Tensor> views = [];
    private readonly Tensor[] states;
    private readonly PartGather?[] gathers;
    private bool isSumming;
    private bool isUnderWay;
    private bool hasOwnStates;

    /// <summary>Of a parameter whose rule learns parts.</summary>
    /// <param name="workers">With whom.</param>
    /// <param name="parameter">The parameter, with a gradient.</param>
    /// <param name="states">What the rule remembers.</param>
    public ParameterShare(Collective workers, Parameter parameter, IEnumerable<NamedState> states)
    {
        (this.workers, this.parameter) = (workers, parameter);
        var stored = parameter.Stored;
        sum = new PartSum(workers, stored.Length, parameter.Gradient.Type, parameter.SliceBound);
        weights = new PartGather(workers, stored.Length, stored.Type, parameter.StoredRange.Limit);
        this.states = [.. states.Select(state => state.Tensor).Where(state => state.Length == stored.Length)];
        gathers = new PartGather?[this.states.Length];
        var parts = new Parts(stored.Length, workers.Size);
        Part = new ParameterPart(parts.First(workers.Rank), parts.Count(workers.Rank));
    }

    /// <summary>With whom.</summary>
    public Collective Workers => workers;

    /// <summary>What this worker learns.</summary>
    public ParameterPart Part { get; }

    /// <summary>
    /// The bytes that a worker sends in a step: of the gradient the parts of all others, each element in as many bytes as the greatest sum over the
    /// longest slice needs; of the stored weights its own part to each of them, in those of the storage limit.
    /// </summary>
    public static long Bytes(Parameter parameter, int rank, int ranks)
    {
        var (length, own) = (parameter.Stored.Length, new Parts(parameter.Stored.Length, ranks).Count(rank));
        return ((length - own) * (long)PartSum.BytesOf(parameter.Gradient.Type, parameter.SliceBound))
            + ((ranks - 1L) * own * PartSum.BytesOf(parameter.Stored.Type, parameter.StoredRange.Limit));
    }

    /// <summary>The part of a tensor as long as the parameter.</summary>
    public Tensor Of(Tensor whole)
    {
        if (!views.TryGetValue(whole, out var view)) views.Add(whole, view = whole.Part(Part.First, new Shape(Part.Count))!);
        return view;
    }

    /// <summary>The gradient is complete: the sum begins.</summary>
    public void Begin()
    {
        sum.Start(parameter.Gradient);
        isSumming = true;
    }

    /// <summary>This worker's part of the gradient becomes everybody's sum.</summary>
    public void Finish()
    {
        isSumming = false;
        sum.Finish(parameter.Gradient);
    }

    /// <summary>This worker's part has learned: it goes to the others.</summary>
    public void Learned()
    {
        (isUnderWay, hasOwnStates) = (true, states.Length > 0);
        weights.Start(parameter.Stored);
    }

    /// <summary>The others' parts of the stored weights are there.</summary>
    public void Receive()
    {
        if (!isUnderWay) return;
        isUnderWay = false;
        weights.Finish(parameter.Stored);
    }

    /// <summary>Waits for what is under way, of which nothing is taken. Where it fails, whoever asks the transport next is told.</summary>
    public void End()
    {
        try
        {
            if (isSumming) sum.Wait();
            if (isUnderWay) weights.Wait();
        }
        catch (WageException)
        {
        }

        isSumming = isUnderWay = false;
    }

    /// <summary>The others' parts of what the rule remembers are there; every worker calls it.</summary>
    public void ReceiveStates()
    {
        if (!hasOwnStates) return;
        hasOwnStates = false;
        for (var i = 0; i < states.Length; i++)
        {
            var gather = gathers[i] ??= new PartGather(workers, states[i].Length, states[i].Type, long.MaxValue);
            gather.Start(states[i]);
            gather.Finish(states[i]);
        }
    }
}
