using Wage.Quantization;

namespace Wage.Backends;

/// <summary>The names of a stage's operations.</summary>
public static class StageName<S>
    where S : unmanaged, IOutputStage
{
    /// <summary>"ConvolveActivationStage".</summary>
    public static string Convolve { get; } = $"Convolve{typeof(S).Name}";

    /// <summary>"ConvolveErrorErrorStage".</summary>
    public static string ConvolveError { get; } = $"ConvolveError{typeof(S).Name}";

    /// <summary>"ErrorStage".</summary>
    public static string Map { get; } = typeof(S).Name;
}

/// <summary>The name of a function's, a statistic's or a loss's operation: its own, "WeightClip".</summary>
public static class FunctionName<F>
    where F : unmanaged
{
    /// <summary>The name.</summary>
    public static string Name { get; } = typeof(F).Name;

    /// <summary>That of an error product that it ends.</summary>
    internal static string ConvolveError { get; } = $"Convolve{typeof(F).Name}";
}
