using System.Collections.Concurrent;
using ILGPU;
using ILGPU.Runtime;
using Wage.Gpu.TensorCores;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>
/// Thirty-two host threads that exchange registers. Each exchange is a barrier,
/// and two sets of slots in turn keep the next one from overwriting the last.
/// </summary>
internal sealed class SimulatedWarp
{
    /// <summary>Lanes of a warp.</summary>
    public const int Lanes = 32;

    private const int MostWarps = 32;

    private const int PatienceMilliseconds = 120_000;

    private static readonly ConcurrentDictionary<nint, SimulatedWarp[]> Groups = [];

    private readonly Barrier barrier = new(Lanes);
    private readonly Quad[][] first = [new Quad[Lanes], new Quad[Lanes]];
    private readonly Quad[][] second = [new Quad[Lanes], new Quad[Lanes]];
    private readonly int[] turns = new int[Lanes];

    /// <summary>The warp with this index of the running thread's group, whose shared memory this is.</summary>
    public static SimulatedWarp Of(ArrayView<Quad> shared, int warp) =>
        Groups.GetOrAdd(shared.LoadEffectiveAddressAsPtr(), _ => Warps())[warp];

    /// <summary>Every lane's value.</summary>
    public Quad[] Exchange(int lane, Quad value) => Exchange(lane, value, default).First;

    /// <summary>Every lane's values.</summary>
    public (Quad[] First, Quad[] Second) Exchange(int lane, Quad value, Quad other)
    {
        var turn = turns[lane]++ & 1;
        (first[turn][lane], second[turn][lane]) = (value, other);
        if (!barrier.SignalAndWait(PatienceMilliseconds))
            throw new InvalidOperationException("a lane of the warp did not reach the instruction that the others wait in");
        return (first[turn], second[turn]);
    }

    private static SimulatedWarp[] Warps() => [.. Enumerable.Range(0, MostWarps).Select(_ => new SimulatedWarp())];
}
