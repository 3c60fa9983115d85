using Wage.Models;
using Wage.Quantization;
using Wage.Simulation.Layers;

namespace Wage.Simulation.Calibration;

/// <summary>float32 itself, with a look at the activations wherever the scheme affine gives them a range of their own.</summary>
internal sealed class ObservingScheme : FloatScheme
{
    private readonly List<ObservedActivations> sites = [];

    /// <summary>The places, in the network's order.</summary>
    public IReadOnlyList<ObservedActivations> Sites => sites;

    /// <inheritdoc/>
    public override string Name => "float32";

    /// <inheritdoc/>
    public override IEnumerable<ModelTrait> Traits => [new ModelTrait("scheme", Name)];

    /// <inheritdoc/>
    public override FloatLayer? Activations(FloatSite site, FloatBuilder build)
    {
        if (site.Place == FloatPlace.Input || site.Keeps is not null || site.Joins is not null) return null;
        sites.Add(new ObservedActivations(site.Name));
        return sites[^1];
    }
}

/// <summary>Gives its input, and keeps it in sight: whoever reads it behind does not overwrite it.</summary>
internal sealed class ObservedActivations(string name) : FloatLayer(name)
{
    private FloatTensor? values;

    /// <summary>The values of the last <see cref="Forward"/>.</summary>
    public FloatTensor Values => values ?? throw new InvalidOperationException($"{Name}: no forward pass");

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s) => values = x;

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s) => e;
}
