using System.Runtime.InteropServices;
using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>Where workers that share a step's batch meet, besides the layers: sums of gradients, and all maxima in one exchange.</summary>
/// <param name="learning">The parameters that learn.</param>
/// <param name="quantizers">The quantizers of all tensors.</param>
/// <param name="sites">The tensors whose units are found at run time.</param>
/// <param name="byLayer">The parameters that learn of each layer, in the order of the way back.</param>
internal sealed class StepMeetings(Parameter[] learning, TensorQuantizer[] quantizers, DelayedExponent[] sites, Parameter[][] byLayer)
{
    private readonly List<Tensor> maxima = [];

    /// <summary>The maxima that workers exchange in a step whose ranges in hindsight are known.</summary>
    public int Maxima => quantizers.Count(q => q is StageQuantizer { Measures: true, CanBeStatic: false } || q.LeftMaximum is not null)
        + learning.Count(w => w.Maxima.Measured is not null || w.Maxima.Left is not null) + sites.Sum(site => site.Maxima);

    /// <summary>A layer's gradients are complete: their sums begin.</summary>
    public void Complete(int layer, in StepContext s)
    {
        if (s.Workers is null) return;
        foreach (var w in byLayer[layer]) w.Complete(s);
    }

    /// <summary>What was measured of the gradients becomes everybody's.</summary>
    public void MeetMeasured(in StepContext s)
    {
        if (s.Workers is null) return;
        foreach (var w in learning) Add(w.Maxima.Measured);
        Meet(s.Workers);
    }

    /// <summary>What the step leaves for the ranges of the next one becomes everybody's.</summary>
    public void MeetLeft(in StepContext s)
    {
        if (s.Workers is null) return;
        foreach (var q in quantizers) Add(q.LeftMaximum);
        foreach (var w in learning) Add(w.Maxima.Left);
        foreach (var site in sites) Add(site.Left);
        Meet(s.Workers);
    }

    /// <summary>What rules remember of each element is whole again.</summary>
    public void ReceiveStates()
    {
        foreach (var w in learning) w.ReceiveStates();
    }

    private void Add(Tensor? maximum)
    {
        if (maximum is not null) maxima.Add(maximum);
    }

    private void Meet(ICollective workers)
    {
        workers.Max(CollectionsMarshal.AsSpan(maxima));
        maxima.Clear();
    }
}
