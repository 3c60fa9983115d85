using Wage.Backends;
using Wage.Backends.Host;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Backends.Guarded;

/// <summary>
/// The CPU engine in guarded memory, as a program of its own, for a touch of a guarded page ends the process:
/// `dotnet Wage.Tests.dll guarded end|start [PLANT]`. Exit code 0: every case of the table gives the reference's integers with every
/// instruction set of this machine, and nothing outside was touched.
/// </summary>
internal static class GuardedPass
{
    private const int KernelCases = 24;

    /// <summary>The entry of the test assembly, which the test runner does not use.</summary>
    public static int Main(string[] args) => args is ["guarded", var place, .. var plant] ? Run(place == "end", plant) : 2;

    private static int Run(bool atEnd, string[] plant)
    {
        var memory = new GuardedMemory(atEnd);
        var faults = new List<string>();
        if (plant is [var name]) Planted(name, memory);
        else faults.AddRange(Differences(memory, atEnd));
        memory.Sweep(always: true);
        faults.AddRange(memory.Faults);
        foreach (var fault in faults.Take(10)) Console.WriteLine(fault);
        Console.WriteLine($"{memory.Blocks} blocks, {faults.Count} faults");
        return faults.Count == 0 ? 0 : 1;
    }

    private static void Planted(string name, GuardedMemory memory)
    {
        MemorySource.Current = memory;
        Plants.Run(name);
    }

    /// <summary>The reference checks every index: it needs no guard. One thread in one pass, three in the other; both with the fastest set.</summary>
    private static IEnumerable<string> Differences(GuardedMemory memory, bool atEnd)
    {
        var cases = CaseTable.All.ToList();
        using var reference = new ReferenceBackend();
        var expected = cases.Select(one => one.Run(reference)).ToList();
        MemorySource.Current = memory;
        var sets = InstructionSets.Available.Reverse().ToList();
        foreach (var (set, threads) in sets.Select(set => (set, atEnd ? 3 : 1)).Prepend((sets[0], atEnd ? 1 : 3)))
        {
            using var backend = new HostBackend(threads, set);
            var all = set == sets[0] && threads == 3;
            for (var i = 0; i < cases.Count; i++)
            {
                memory.Sweep();
                if ((all || Multiplies(cases[i])) && Difference(cases[i], expected[i], backend) is { } difference) yield return difference;
            }

            foreach (var fault in Kernels(TileKernels.Of(set))) yield return fault;
        }
    }

    /// <summary>Says which case runs: it may be the last.</summary>
    private static string? Difference(BackendCase one, long[][] expected, HostBackend backend)
    {
        var name = $"{InstructionSets.Name(backend.Instructions.Set)} {one}";
        Console.WriteLine(name);
        return one.Difference(expected, backend) is { } found ? $"{name}: {found}" : null;
    }

    /// <summary>What depends on the instruction set.</summary>
    private static bool Multiplies(BackendCase one) => one.Operation.StartsWith("Convolve", StringComparison.Ordinal);

    private static IEnumerable<string> Kernels(TileKernels kernels)
    {
        foreach (var kernel in (TileKernel?[])[kernels.Words, kernels.Bytes, kernels.Narrow])
        {
            for (var i = 0; kernel is not null && i < KernelCases; i++)
            {
                using var one = new KernelCase(kernel, (ulong)i, 1 + (i % kernel.Panels), kernel == kernels.Narrow);
                if (one.Fault(kernel) is { } fault) yield return fault;
            }
        }
    }
}
