using Wage.Backends;

namespace Wage.Diagnostics;

/// <summary>What is counted apart: an operation, and for products the extents too.</summary>
/// <param name="Name">The method of <see cref="IBackend"/>.</param>
/// <param name="Geometry">The extents of a product; null for every other operation.</param>
public readonly record struct Operation(string Name, ConvGeometry? Geometry);

/// <summary>The sums over all calls of one operation.</summary>
/// <param name="Operation">Which one.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Ticks">How long, in units of 1 / <see cref="TimedBackend.TicksPerSecond"/> s.</param>
/// <param name="Macs">Multiply-accumulates of products, those with padding included; 0 for other operations.</param>
/// <param name="Bytes">
/// The least traffic: every element of an operand that the operation reads or writes counts once, twice where it is changed in place. A
/// processor that reads an operand several times moves more.
/// </param>
public readonly record struct OperationTotals(Operation Operation, long Calls, long Ticks, long Macs, long Bytes)
{
    /// <summary>With one more call.</summary>
    internal OperationTotals Plus(long ticks, long macs, long bytes) => this with
    {
        Calls = checked(Calls + 1),
        Ticks = checked(Ticks + ticks),
        Macs = checked(Macs + macs),
        Bytes = checked(Bytes + bytes),
    };
}
