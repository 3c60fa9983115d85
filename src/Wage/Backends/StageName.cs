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
