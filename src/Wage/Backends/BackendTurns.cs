using System.Runtime.CompilerServices;

namespace Wage.Backends;

/// <summary>A lock for every backend that has none of its own, as long as the backend is there.</summary>
internal static class BackendTurns
{
    private static readonly ConditionalWeakTable<IBackend, Lock> Turns = [];

    /// <summary>That of this backend.</summary>
    public static Lock Of(IBackend backend) => Turns.GetValue(backend, static _ => new Lock());
}
