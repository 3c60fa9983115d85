namespace Wage.Experiments.Traces;

/// <summary>What the user asked for.</summary>
internal sealed record TraceRequest(
    string Target, int Steps, string Out, IReadOnlyList<string> Settings, string Device = "auto", int Threads = 0, string? Data = null)
{
    /// <summary>Whether memory files for hardware are written too.</summary>
    public bool IsHex { get; init; }
}
