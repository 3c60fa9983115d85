using Wage.Layers;
using Wage.Models;
using Wage.Simulation.Layers;
using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>The layers of a float32 network, made from a description, and everything that they need memory for.</summary>
internal sealed class FloatModel
{
    /// <summary>See <see cref="FloatNetwork"/>.</summary>
    public FloatModel(SpecList<LayerSpec> specs, Shape images, FloatBuilder build)
    {
        Build = build;
        Images = build.Allocate(MemoryKind.Activations, images);
        build.Memory.Add(MemoryKind.Activations, (long)sizeof(int) * images[0]);
        (Layers, var scores) = new FloatArranger(build, images, "input").Network(specs);
        build.RequireLearning();
        Delta = build.Allocate(MemoryKind.Errors, scores);
        build.PlaceErrors();
        build.CountObserved();
        Parameters = [.. build.Parameters];
        States = [.. Layers.States];
    }

    /// <summary>What it was built with.</summary>
    public FloatBuilder Build { get; }

    /// <summary>[N,H,W,C].</summary>
    public FloatTensor Images { get; }

    /// <summary>From the images to the scores.</summary>
    public FloatChain Layers { get; }

    /// <summary>[N,classes], the error of the scores.</summary>
    public FloatTensor Delta { get; }

    /// <summary>In the order in which they were made.</summary>
    public FloatParameter[] Parameters { get; }

    /// <summary>What the layers remember besides.</summary>
    public FloatState[] States { get; }

    /// <summary>The model table.</summary>
    public IReadOnlyList<LayerRow> Table => Build.Table;
}
