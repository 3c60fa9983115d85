using System.Reflection;
using ILGPU.Runtime;

namespace Wage.Gpu;

/// <summary>Where ILGPU is not compiled in there is no device; only the stand-in, for tests.</summary>
internal static class DeviceSource
{
    public const string Standin = "standin";

    public static string Unavailable { get; } =
        $"GPU devices are unavailable: {Reason}. Where ILGPU restores they are built in (docs/building.md).";

    public static IReadOnlyList<GpuDevice> All() => [];

    public static IReadOnlyList<string> Missing() => [];

    public static IlgpuBackend Open(string kind, int number) => kind == Standin && number == 0
        ? Open(LaunchShape.Processor(Environment.ProcessorCount), new Accelerator())
        : throw new WageException($"device '{kind}': {Unavailable}", "--device cpu needs nothing.");

    /// <summary>The stand-in with groups of a chosen size, and with the accelerator at hand.</summary>
    internal static IlgpuBackend Open(LaunchShape shape, Accelerator accelerator, long residentImages = long.MaxValue) =>
        new(Standin, "ILGPU's stand-in on host threads, for tests only", accelerator, shape, residentImages: residentImages);

    private static string Reason =>
        typeof(DeviceSource).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "WithoutIlgpu").Value!;
}
