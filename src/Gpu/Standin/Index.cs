namespace ILGPU;

/// <summary>Stand-in: an extent.</summary>
internal readonly record struct Index1D(int X)
{
    public static implicit operator Index1D(int x) => new(x);

    public static implicit operator int(Index1D index) => index.X;
}

/// <summary>Stand-in: how many groups of how many threads.</summary>
internal readonly record struct KernelConfig(Index1D GridDim, Index1D GroupDim);

/// <summary>Stand-in: the strides of buffers.</summary>
internal static class Stride1D
{
    /// <summary>Elements next to each other.</summary>
    public readonly struct Dense;
}
