using System.Globalization;

namespace Wage.Gpu;

/// <summary>A device that can train.</summary>
/// <param name="Name">"cuda:0", what --device takes.</param>
/// <param name="Description">Its name, memory and driver.</param>
/// <param name="Hardware">What it is, without its memory, which some drivers count anew every time.</param>
/// <param name="Driver">Everything that is known of the driver's version; another driver compiles other code.</param>
/// <param name="IsProcessor">The machine's own processor behind another interface.</param>
public sealed record GpuDevice(string Name, string Description, string Hardware, string Driver, bool IsProcessor);

/// <summary>The devices that ILGPU reaches on this machine.</summary>
public static class GpuDevices
{
    /// <summary>The kinds of devices: "cuda" and "cuda:N", "opencl" and "opencl:N", "ilgpu-cpu".</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["cuda", "opencl", "ilgpu-cpu"];

    /// <summary>Those that are there; cards first.</summary>
    public static IReadOnlyList<GpuDevice> All() => DeviceSource.All();

    /// <summary>What is not there and why, a line each.</summary>
    public static IReadOnlyList<string> Missing() => DeviceSource.Missing();

    /// <summary>Whether the name is one of <see cref="Kinds"/>, with a number or without.</summary>
    public static bool IsGpu(string name) => Kinds.Contains(KindOf(name));

    /// <summary>The device's backend.</summary>
    /// <param name="name">"cuda" is "cuda:0".</param>
    /// <exception cref="WageException">The device is not there, or its driver does not work.</exception>
    public static IlgpuBackend Open(string name) => DeviceSource.Open(KindOf(name), NumberOf(name));

    private static string KindOf(string name) => name.Split(':')[0];

    private static int NumberOf(string name)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return 0;
        var digits = name[(colon + 1)..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (digits is "0" || digits[0] != '0')
            ? number
            : throw new WageException($"device '{OneLine.Quote(name)}': after the colon comes the device's number, counted from 0.",
                $"{Term.Devices} lists them.");
    }
}
