using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Simulation;

namespace Wage.Gpu.Simulation;

/// <summary>
/// The float32 products on an ILGPU device, between tensors of the host: operands are copied there and results back. It gives the bits of
/// <see cref="Wage.Simulation.Products.FloatEngine"/>. Nothing trains on it yet; it shows that devices compute what the processor does.
/// </summary>
internal sealed class FloatDevice : IDisposable
{
    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly AcceleratorStream stream;
    private readonly LaunchShape shape;
    private readonly Launcher kernels;

    /// <summary>Opens a device.</summary>
    /// <param name="name">"ilgpu-cpu", "opencl:0", "cuda:0": one of <see cref="GpuDevices.All"/>.</param>
    public FloatDevice(string name)
    {
        NativeDrivers.Resolve();
        var parts = name.Split(':');
        var cores = Environment.ProcessorCount;
        context = Context.Create(builder =>
        {
            if (parts[0] == "cuda") builder.Cuda().Optimize(OptimizationLevel.O1);
            else if (parts[0] == "opencl") builder.OpenCL().Optimize(OptimizationLevel.O1);
            else builder.CPU(new CPUDevice(2, 1, cores)).Optimize(OptimizationLevel.O0).Inlining(InliningMode.Disabled);
            builder.EnableAlgorithms().FloatInstructions();
        });
        var devices = context.Devices.Where(device => parts[0] != "opencl" || device is CLDevice).ToList();
        var device = devices[parts.Length > 1 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 0];
        accelerator = device.CreateAccelerator(context);
        shape = parts[0] == "ilgpu-cpu" ? LaunchShape.Processor(cores) : LaunchShape.Card(device.NumMultiprocessors);
        stream = accelerator.CreateStream();
        kernels = new Launcher(accelerator, stream, new Failures(name));
    }

    /// <summary>The kernels compiled so far.</summary>
    public IReadOnlyList<System.Reflection.MethodInfo> LoadedKernels => kernels.Loaded;

    /// <summary>y = x * w + bias. x [N,H,W,C], w [F,KH,KW,C/G], bias [F] or null, y [N,OH,OW,F].</summary>
    public void Convolve(FloatTensor x, FloatTensor w, FloatTensor? bias, in ConvGeometry g, FloatTensor y)
    {
        var s = ProductShape.Of(g, g.Positions, g.Groups * Blocks(g.GroupFilters), g.FanIn);
        using MemoryBuffer1D<float, Stride1D.Dense> a = Upload(x), b = Upload(w), c = Upload(bias ?? new FloatTensor(new(g.Filters))), to = Upload(y);
        var items = (long)s.Rows * s.Columns;
        kernels.Run(
            new Kernel(typeof(FloatKernels), nameof(FloatKernels.Forward)), Over(items), a.View.AsContiguous(), b.View.AsContiguous(),
            c.View.AsContiguous(), to.View.AsContiguous(), s, items);
        Download(to, y);
    }

    /// <summary>The error of the input. e [N,OH,OW,F], w [F,KH,KW,C/G], delta [N,H,W,C].</summary>
    public void ConvolveError(FloatTensor e, FloatTensor w, in ConvGeometry g, FloatTensor delta)
    {
        var s = ProductShape.Of(g, g.Batch * g.Height * g.Width, g.Groups * Blocks(g.GroupChannels), g.FanOut);
        Run(nameof(FloatKernels.Error), e, w, s, (long)s.Rows * s.Columns, delta);
    }

    /// <summary>The gradient of the weights. x [N,H,W,C], e [N,OH,OW,F], gradient [F,KH,KW,C/G].</summary>
    public void ConvolveGradient(FloatTensor x, FloatTensor e, in ConvGeometry g, FloatTensor gradient)
    {
        var s = ProductShape.Of(g, g.Positions, Blocks(g.FanIn), g.FanIn);
        Run(nameof(FloatKernels.Gradient), x, e, s, (long)g.Filters * s.Columns, gradient);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        accelerator.Dispose();
        context.Dispose();
    }

    private static int Blocks(int group) => (group + FloatKernels.Block - 1) / FloatKernels.Block;

    private KernelConfig Over(long items) => shape.Over((int)Math.Min(items, int.MaxValue));

    private void Run(string kernel, FloatTensor left, FloatTensor right, ProductShape s, long items, FloatTensor result)
    {
        using MemoryBuffer1D<float, Stride1D.Dense> a = Upload(left), b = Upload(right), to = Upload(result);
        kernels.Run(
            new Kernel(typeof(FloatKernels), kernel), Over(items), a.View.AsContiguous(), b.View.AsContiguous(), to.View.AsContiguous(), s, items);
        Download(to, result);
    }

    private MemoryBuffer1D<float, Stride1D.Dense> Upload(FloatTensor tensor)
    {
        var buffer = accelerator.Allocate1D<float>(tensor.Span.Length);
        buffer.View.AsContiguous().CopyFromCPU(stream, ref tensor.Span[0], tensor.Span.Length);
        return buffer;
    }

    private void Download(MemoryBuffer1D<float, Stride1D.Dense> buffer, FloatTensor tensor)
    {
        buffer.View.AsContiguous().CopyToCPU(stream, ref tensor.Span[0], tensor.Span.Length);
        stream.Synchronize();
    }
}
