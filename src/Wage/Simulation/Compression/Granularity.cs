namespace Wage.Simulation.Compression;

/// <summary>What shares one range of codes.</summary>
public enum Granularity
{
    /// <summary>A tensor.</summary>
    Tensor,

    /// <summary>Each slice of a tensor's first extent: an output channel of this project's weights and of PyTorch's.</summary>
    Channel,
}
