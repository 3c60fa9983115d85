using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using Wage.Backends;
using Wage.Backends.Host;
using Wage.Gpu.Kernels;
using Wage.Tensors;

namespace Wage.Gpu;

/// <summary>
/// Every operation as a kernel of an ILGPU device. Tensors live on the device and kernels follow each other on one stream;
/// nothing but <see cref="Download"/> reads from the device, and a training step does not call it.
/// The same integers as <see cref="ReferenceBackend"/>. One caller at a time.
/// </summary>
public sealed partial class IlgpuBackend : IBackend
{
    private readonly Accelerator accelerator;
    private readonly AcceleratorStream stream;
    private readonly LaunchShape shape;
    private readonly IDeviceProducts? products;
    private readonly IDisposable? context;
    private readonly Failures failures;
    private readonly IDeviceFaults? faults;
    private readonly Launcher kernels;
    private readonly GpuTensor zero;
    private readonly GpuTensor unread;
    private readonly GpuTensor?[] scratch = new GpuTensor?[Enum.GetValues<ScratchUse>().Length];
    private long allocated;
    private bool disposed;

    /// <summary>
    /// A backend that owns the accelerator and the context;
    /// a data set's images of more bytes than <paramref name="residentImages"/> stay with the host.
    /// </summary>
    internal IlgpuBackend(
        string name, string description, Accelerator accelerator, LaunchShape shape,
        Func<Launcher, IDeviceProducts?>? products = null, IDisposable? context = null, long residentImages = long.MaxValue,
        IDeviceFaults? faults = null)
    {
        (this.residentImages, this.faults) = (residentImages, faults);
        (Name, Description, this.accelerator, this.shape, this.context) = (name, description, accelerator, shape, context);
        failures = new Failures(name);
        stream = accelerator.CreateStream();
        kernels = new Launcher(accelerator, stream, failures, faults);
        this.products = products?.Invoke(kernels);
        zero = (GpuTensor)Allocate(ElementType.Int64, new Shape(1));
        unread = (GpuTensor)Allocate(ElementType.Int64, new Shape(1));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public long AvailableMemory =>
        accelerator.AcceleratorType == AcceleratorType.CPU ? HostMemory.Available() : Math.Max(0, accelerator.MemorySize - allocated);

    /// <summary>Copies from the device to the host so far.</summary>
    public long HostReads { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="WageException">The device has no memory left for it.</exception>
    public Tensor Allocate(ElementType type, Shape shape)
    {
        var bytes = (((long)shape.Length * type.Size()) + 7) & ~7L;
        try
        {
            faults?.Allocating(bytes);
            var tensor = new GpuTensor(this, accelerator.Allocate1D<byte>(bytes), type, shape);
            allocated += bytes;
            tensor.Bytes.MemSetToZero(stream);
            return tensor;
        }
        catch (Exception error)
        {
            throw failures.Allocating(bytes, allocated, error);
        }
    }

    /// <summary>Bytes of tensors that were not given back.</summary>
    internal long Allocated => allocated;

    /// <summary>Takes a tensor's memory back.</summary>
    internal void Free(MemoryBuffer buffer)
    {
        if (disposed || buffer.IsDisposed) return;
        allocated -= buffer.LengthInBytes;
        buffer.Dispose();
    }

    /// <inheritdoc/>
    public unsafe void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var view = Exactly<T>(destination, source.Length);
        if (typeof(T) == typeof(int)) Own(destination).Uploaded = MemoryMarshal.Cast<T, int>(source).ToArray();
        try
        {
            faults?.Working();
            // ILGPU takes the address as it is: memory that the collector moves meanwhile would be read where it no longer lies.
            fixed (byte* first = MemoryMarshal.AsBytes(source)) view.CopyFromCPU(stream, ref *first, view.Length);
        }
        catch (Exception error)
        {
            throw failures.Working("a copy to the device", error);
        }
    }

    /// <inheritdoc/>
    public unsafe void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var view = Exactly<T>(source, destination.Length);
        HostReads++;
        try
        {
            faults?.Working();
            fixed (byte* first = MemoryMarshal.AsBytes(destination)) view.CopyToCPU(stream, ref *first, view.Length);
        }
        catch (Exception error)
        {
            throw failures.Working("a copy from the device", error);
        }
    }

    /// <inheritdoc/>
    public void Copy(Tensor source, Tensor destination)
    {
        Require(destination, source.Length);
        Guard(nameof(Copy), () => View(source).CopyTo(stream, View(destination)));
    }

    /// <inheritdoc/>
    public void Clear(Tensor destination) => kernels.Clear(View(destination));

    /// <inheritdoc/>
    public void Synchronize() => Guard("its queue", stream.Synchronize);

    /// <summary>Gives the device back.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        products?.Dispose();
        uploads?.Dispose();
        stream.Dispose();
        accelerator.Dispose();
        context?.Dispose();
    }

    /// <summary>The kernels that were needed so far.</summary>
    internal IReadOnlyList<MethodInfo> LoadedKernels => kernels.Loaded;

    private void Guard(string what, Action work)
    {
        try
        {
            faults?.Working();
            work();
        }
        catch (Exception error) when (error is not ArgumentException)
        {
            throw failures.Working(what, error);
        }
    }

    /// <summary>A kernel for the element types of these tensors.</summary>
    private static Kernel KernelOf(Type holder, string name, params ReadOnlySpan<Tensor> tensors)
    {
        var types = new Type[tensors.Length];
        for (var i = 0; i < types.Length; i++) types[i] = Element.Of(tensors[i]);
        return new Kernel(holder, name, types);
    }

    private GpuTensor Own(Tensor tensor) => tensor is GpuTensor own && own.Backend == this
        ? own
        : throw new ArgumentException($"a {tensor.GetType().Name} belongs to another backend; allocate it with this one", nameof(tensor));

    private ArrayView<byte> View(Tensor tensor) => Own(tensor).Bytes;

    /// <summary>What a missing error exponent reads as.</summary>
    private ArrayView<byte> ViewOrZero(Tensor? tensor) => View(tensor ?? zero);

    /// <summary>Where an exponent that nobody asked for goes.</summary>
    private ArrayView<byte> ViewOrUnread(Tensor? tensor) => View(tensor ?? unread);

    /// <summary>Memory that no operation keeps.</summary>
    private GpuTensor Scratch(ScratchUse use, ElementType type, Shape extents)
    {
        ref var own = ref scratch[(int)use];
        if (own is null || own.Length < extents.Length || own.Type.Size() < type.Size()) own = (GpuTensor)Allocate(type, extents);
        return own.As(type, extents);
    }

    private enum ScratchUse
    {
        Sums,
        Pooled,
        Mask,
    }

    private ArrayView<byte> Exactly<T>(Tensor tensor, int length)
        where T : unmanaged
    {
        if (ElementTypes.Of<T>() != tensor.Type)
            throw new ArgumentException($"copy: the tensor holds {tensor.Type}, the values are {typeof(T).Name}", nameof(tensor));
        if (tensor.Length != length)
            throw new ArgumentException($"copy: {tensor.Shape} has {tensor.Length} elements, {length} values were given", nameof(tensor));
        return View(tensor).SubView(0, (long)length * tensor.Type.Size());
    }

    /// <summary>Kernels do not check their indices: a wrong length must not get that far.</summary>
    private static void Require(Tensor tensor, long length, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        if (tensor.Length == length) return;
        throw new ArgumentException($"{name}: {tensor.Shape} has {tensor.Length} elements, the operation needs {length}", name);
    }
}
