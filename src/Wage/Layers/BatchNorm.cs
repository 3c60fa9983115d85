using Wage.Models;

namespace Wage.Layers;

/// <summary>Batch normalization of each channel behind a product, together with which a scheme builds it.</summary>
/// <param name="spec">What it is.</param>
public sealed class BatchNorm(BatchNormSpec spec) : SchemeLayer(spec)
{
    /// <summary>True: gamma and beta stay as they start, and it computes as in an evaluation, by what has run.</summary>
    public bool IsFrozen { get; internal set; }

    /// <summary>Takes its name, when it is built with its product.</summary>
    /// <exception cref="WageException">It has a momentum or an epsilon, which integers have not.</exception>
    internal void Begin(string name)
    {
        var spec = (BatchNormSpec)Spec;
        Take(name);
        if (spec.Momentum == BatchNormSpec.UsualMomentum && spec.Epsilon == BatchNormSpec.UsualEpsilon) return;
        throw new WageException(
            $"{name}: is a {spec}, but in integers its averages have a momentum of 7/8, and a variance is at least 1/16 of a unit.",
            "leave its momentum and epsilon away.");
    }
}
