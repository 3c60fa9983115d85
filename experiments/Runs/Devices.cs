using System.Runtime.InteropServices;
using Wage.Backends;

namespace Wage.Experiments.Runs;

/// <summary>The devices of this build by name.</summary>
internal static class Devices
{
    /// <summary>What --device takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "cpu", "reference"];

    /// <summary>The device that "auto" stands for.</summary>
    public static string Resolve(string name) => name == "auto" ? "cpu" : name;

    /// <summary>The backend of a device.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="threads">Threads of the cpu; 0: one per core.</param>
    /// <exception cref="WageException">There is no such device, or the number of threads is out of range.</exception>
    public static IBackend Create(string name, int threads)
    {
        if (threads is < 0 or > 1024) throw new WageException($"--threads: is {threads}, but must be from 1 to 1024, or 0 for one per core.");
        switch (Resolve(name))
        {
            case "cpu": return new HostBackend(threads);
            case "reference": return new ReferenceBackend();
            default:
                var nearest = NearestName.Of(name, Names);
                throw new WageException(
                    $"device '{OneLine.Of(name)}': is not among this build's devices: {string.Join(", ", Names)}.",
                    nearest is null ? "GPU devices come with Wage.Gpu." : $"did you mean {nearest}?");
        }
    }

    /// <summary>The threads that a run on this device uses.</summary>
    public static int Threads(string name, int threads) =>
        Resolve(name) == "reference" ? 1 : threads == 0 ? Environment.ProcessorCount : threads;

    /// <summary>"X64, .NET 10.0.0".</summary>
    public static string Machine => $"{RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}";
}
