using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Gpu;

namespace Wage.Experiments.Runs;

/// <summary>The devices by name.</summary>
internal static class Devices
{
    private static readonly Lazy<bool> HasCuda = new(() => GpuDevices.All().Any(device => device.Name == "cuda:0"));

    /// <summary>What --device takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "cpu", "reference", .. GpuDevices.Kinds];

    /// <summary>
    /// The device that a name stands for: "auto" is a CUDA card where there is one, else the cpu, and stays it:
    /// nothing changes device in mid-run.
    /// </summary>
    public static string Resolve(string name) => name switch
    {
        "auto" => HasCuda.Value ? "cuda:0" : "cpu",
        "cuda" or "opencl" => name + ":0",
        _ => name,
    };

    /// <summary>The backend of a device.</summary>
    /// <param name="name">One of <see cref="Names"/>, a card's with its number where there are several.</param>
    /// <param name="threads">Threads of the cpu; 0: one per core.</param>
    /// <exception cref="WageException">There is no such device, or the number of threads is out of range.</exception>
    public static IBackend Create(string name, int threads)
    {
        if (threads is < 0 or > 1024) throw new WageException($"--threads: is {threads}, but must be from 1 to 1024, or 0 for one per core.");
        var device = Resolve(name);
        if (GpuDevices.IsGpu(device)) return GpuDevices.Open(device);
        switch (device)
        {
            case "cpu": return new HostBackend(threads);
            case "reference": return new ReferenceBackend();
            default:
                var nearest = NearestName.Of(name, Names);
                throw new WageException(
                    $"device '{OneLine.Of(name)}': is not among the devices: {string.Join(", ", Names)}.",
                    nearest is null ? "`wage devices` says which are there." : $"did you mean {nearest}?");
        }
    }

    /// <summary>The threads that a run on this device uses.</summary>
    public static int Threads(string name, int threads) => Resolve(name) != "cpu" ? 1 : threads == 0 ? Environment.ProcessorCount : threads;

    /// <summary>"X64, .NET 10.0.0".</summary>
    public static string Machine => $"{RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}";
}
