using System.Collections.Concurrent;
using Wage.Backends;
using Wage.Experiments.Runs;
using Wage.Gpu;

namespace Wage.Tests.Gpu;

/// <summary>
/// ILGPU's processor, lent to one test at a time and kept for the next together with the kernels that it has compiled: those of a step take a
/// second or two. A test of what a new device does, or of the memory that it has given, opens its own.
/// </summary>
internal sealed class Lent : IDisposable
{
    private const string Processor = "ilgpu-cpu";
    private static readonly ConcurrentStack<IlgpuBackend> Kept = new();

    private Lent(IBackend backend) => Backend = backend;

    public IBackend Backend { get; }

    public static Lent Device() => new(Take(Processor));

    /// <summary>By the console's name.</summary>
    public static Lent Of(string device, int threads) => device == Processor ? Device() : new(Devices.Create(device, threads));

    /// <summary>Every device that ILGPU reaches on this machine, until each is given back.</summary>
    public static IReadOnlyList<IBackend> All() => [.. GpuDevices.All().Select(device => Take(device.Name))];

    public static void Return(IBackend backend)
    {
        if (backend is IlgpuBackend { Name: Processor } kept) Kept.Push(kept);
        else backend.Dispose();
    }

    public static void End()
    {
        while (Kept.TryPop(out var kept)) kept.Dispose();
    }

    public void Dispose() => Return(Backend);

    private static IlgpuBackend Take(string name) => name == Processor && Kept.TryPop(out var kept) ? kept : GpuDevices.Open(name);
}
