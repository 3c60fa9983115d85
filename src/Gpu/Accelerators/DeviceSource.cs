using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Wage.Gpu.Cuda;
using Wage.Gpu.Runs;

namespace Wage.Gpu;

/// <summary>The devices that ILGPU finds.</summary>
internal static class DeviceSource
{
    public static IReadOnlyList<GpuDevice> All()
    {
        NativeDrivers.Resolve();
        using var context = Context.Create(builder => builder.Cuda().OpenCL());
        return
        [
            .. context.Devices.OfType<CudaDevice>().Select((device, i) => new GpuDevice(
                $"cuda:{i}", Describe(device), $"{device.Name}, {device.Architecture}",
                $"CUDA {device.DriverVersion} {NativeDrivers.CudaVersion}".Trim(), IsProcessor: false)),
            .. context.Devices.OfType<CLDevice>().Select((device, i) => new GpuDevice(
                $"opencl:{i}", Describe(device), $"{device.Name}, {device.PlatformName}", DriverOf(device),
                device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU))),
            new GpuDevice("ilgpu-cpu", Processor, "processor", string.Empty, IsProcessor: true),
        ];
    }

    public static IReadOnlyList<string> Missing()
    {
        var names = All().Select(device => device.Name.Split(':')[0]).ToHashSet();
        List<string> lines = [];
        if (!names.Contains("cuda")) lines.Add("cuda: no CUDA device or driver answers on this machine.");
        if (!names.Contains("opencl")) lines.Add("opencl: no OpenCL 2.0 device with the generic address space answers on this machine.");
        return lines;
    }

    public static IlgpuBackend Open(string kind, int number)
    {
        NativeDrivers.Resolve();
        try
        {
            return kind switch
            {
                "cuda" => Cuda(number),
                "opencl" => OpenCl(number),
                _ => OnProcessor(),
            };
        }
        catch (Exception error) when (error is not WageException)
        {
            throw new WageException(
                $"device {kind}:{number}: does not start ({Failures.Line(error)}).",
                $"is its driver new enough? {Term.Devices} lists what answers; {new Term(TermKind.Device, "cpu")} trains without it.", error);
        }
    }

    private static string Processor => string.Create(
        CultureInfo.InvariantCulture,
        $"ILGPU's CPU accelerator, {Environment.ProcessorCount} threads: exact and slow, for checking kernels");

    private static IlgpuBackend Cuda(int number)
    {
        var context = Create(builder => builder.Cuda().TensorCores());
        var device = Numbered<CudaDevice>(context, "cuda", number);
        var (name, accelerator) = ($"cuda:{number}", device.CreateCudaAccelerator(context));
        var shape = LaunchShape.Card(device.NumMultiprocessors);
        return new IlgpuBackend(name, Describe(device), accelerator, shape, CudaProducts.Of(name, accelerator), context, device.MemorySize / 2);
    }

    private static IlgpuBackend OpenCl(int number)
    {
        var context = Create(builder => builder.OpenCL());
        var device = Numbered<CLDevice>(context, "opencl", number);
        var accelerator = device.CreateCLAccelerator(context);
        var (name, shape) = ($"opencl:{number}", LaunchShape.Card(device.NumMultiprocessors));
        var products = device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU)
            ? Runs(name, accelerator, device.NumMultiprocessors, int.MaxValue)
            : null;
        return new IlgpuBackend(name, Describe(device), accelerator, shape, products, context, device.MemorySize / 2);
    }

    /// <summary>ILGPU's CPU accelerator; tests choose how kernels are launched there, what stays with the host and what fails.</summary>
    internal static IlgpuBackend OnProcessor(LaunchShape? shape = null, long residentImages = long.MaxValue, IDeviceFaults? faults = null)
    {
        shape ??= LaunchShape.Processor(Environment.ProcessorCount);
        var device = new CPUDevice(
            numThreadsPerWarp: Math.Max(2, shape.GroupSize), numWarpsPerMultiprocessor: 1, numMultiprocessors: Environment.ProcessorCount);
        var context = Create(builder => builder.CPU(device).Inlining(InliningMode.Disabled), OptimizationLevel.O0);
        var accelerator = device.CreateAccelerator(context);
        var products = shape.ProductSide == 1 ? Runs("ilgpu-cpu", accelerator, shape.Groups, shape.Groups) : null;
        return new IlgpuBackend("ilgpu-cpu", Processor, accelerator, shape, products, context, residentImages, faults);
    }

    /// <summary>The products of a processor, whose threads share no work of a group.</summary>
    private static Func<Launcher, IDeviceProducts> Runs(string name, Accelerator accelerator, int processors, int mostGroups) =>
        kernels => new RunProducts(accelerator, kernels, new Failures(name), processors, mostGroups);

    /// <summary>
    /// At level 1: level 2 moves reads of shared memory past barriers. ILGPU's CPU accelerator runs the kernels' own IL: optimizing and inlining what
    /// is not run took it longer than the kernels. With markers, which uploads of batches wait for.
    /// </summary>
    private static Context Create(Action<Context.Builder> devices, OptimizationLevel level = OptimizationLevel.O1) => Context.Create(builder =>
    {
        devices(builder);
        builder.Optimize(level).Profiling().EnableAlgorithms();
    });

    private static TDevice Numbered<TDevice>(Context context, string kind, int number)
    {
        var devices = context.Devices.OfType<TDevice>().ToList();
        if (number < devices.Count) return devices[number];
        context.Dispose();
        throw new WageException(
            devices.Count == 0
                ? $"device {kind}:{number}: no {kind} device or driver answers on this machine."
                : string.Create(CultureInfo.InvariantCulture, $"device {kind}:{number}: this machine has {devices.Count}, numbered from 0."),
            $"{Term.Devices} lists what is there; {new Term(TermKind.Device, "cpu")} needs nothing.");
    }

    private static string DriverOf(CLDevice device)
    {
        var (platform, api) = (CLPlatformInfoType.CL_PLATFORM_VERSION, CLAPI.CurrentAPI);
        return $"{api.GetPlatformInfo(device.PlatformId, platform)}, {api.GetDeviceInfo(device.DeviceId, CLDeviceInfoType.CL_DRIVER_VERSION)}";
    }

    private static string Describe(CudaDevice device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device.Name}, {device.MemorySize >> 20:N0} MiB, {device.NumMultiprocessors} multiprocessors, " +
        $"{device.Architecture}, driver for CUDA {device.DriverVersion}");

    private static string Describe(CLDevice device) => string.Create(
        CultureInfo.InvariantCulture,
        $"{device.Name}, {device.MemorySize >> 20:N0} MiB, {device.NumMultiprocessors} units, {device.PlatformName}, {device.DeviceVersion}");
}
