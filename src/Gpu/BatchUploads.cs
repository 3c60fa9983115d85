using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace Wage.Gpu;

/// <summary>
/// Two places on the device for batches of <see cref="HostImages"/>: while kernels read one,
/// the next batch of the same order is gathered and copied into the other on a stream of its own.
/// A place holds the batch's order (Int32 [N]: n, or -1 for an image that is not there) and then its pixels.
/// </summary>
internal sealed class BatchUploads(Accelerator accelerator, AcceleratorStream kernels) : IDisposable
{
    private readonly AcceleratorStream copies = accelerator.CreateStream();
    private readonly Place[] places = [new(), new()];
    private int current;

    /// <summary>The batch, on the device when the next kernel reads it: (order, pixels).</summary>
    public (ArrayView<byte> Order, ArrayView<byte> Pixels) Take(HostImages images, int[] order, int first, int count)
    {
        var wanted = new Batch(images, order, first, count);
        current = places[1 - current].Holds == wanted ? 1 - current : current;
        if (places[current].Holds != wanted) Fill(places[current], wanted);
        copies.Synchronize();
        var view = places[current].Device!.AsContiguous();
        return (view.SubView(0, wanted.OrderBytes), view.SubView(wanted.OrderBytes, wanted.PixelBytes));
    }

    /// <summary>The kernel that reads the batch is launched: the other place gets the batch after it.</summary>
    public void Launched()
    {
        var (place, batch) = (places[current], places[current].Holds!);
        place.Read?.Dispose();
        place.Read = kernels.AddProfilingMarker();
        if (batch.First + batch.Count < batch.Order.Length) Fill(places[1 - current], batch with { First = batch.First + batch.Count });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var place in places)
        {
            place.Read?.Dispose();
            place.Device?.Dispose();
        }

        copies.Dispose();
    }

    /// <summary>Waits for the kernel that still reads the place, gathers the batch and starts its copy.</summary>
    private void Fill(Place place, Batch batch)
    {
        place.Read?.Synchronize();
        var bytes = batch.OrderBytes + batch.PixelBytes;
        if (place.Host.Length < bytes)
        {
            place.Device?.Dispose();
            (place.Host, place.Device) = (GC.AllocateArray<byte>(bytes, pinned: true), accelerator.Allocate1D<byte>(bytes));
        }

        var order = MemoryMarshal.Cast<byte, int>(place.Host.AsSpan(0, batch.OrderBytes));
        var (pixels, stride) = (place.Host.AsMemory(batch.OrderBytes), batch.Images.Shape.Stride);
        for (var n = 0; n < batch.Count; n++)
        {
            var index = batch.First + n < batch.Order.Length ? batch.Order[batch.First + n] : -1;
            order[n] = index < 0 ? -1 : n;
            if (index >= 0) batch.Images.Pixels.AsSpan(index * stride, stride).CopyTo(pixels.Span[(n * stride)..]);
        }

        place.Device!.AsContiguous().SubView(0, bytes).CopyFromCPUUnsafeAsync(copies, ref place.Host[0], bytes);
        place.Holds = batch;
    }

    /// <summary>Which images: count of them from position first of an order. The array tells the order of one epoch from another's.</summary>
    private sealed record Batch(HostImages Images, int[] Order, int First, int Count)
    {
        public int OrderBytes => 4 * Count;

        public int PixelBytes => Count * Images.Shape.Stride;
    }

    private sealed class Place
    {
        public byte[] Host { get; set; } = [];

        public MemoryBuffer1D<byte, Stride1D.Dense>? Device { get; set; }

        public Batch? Holds { get; set; }

        public ProfilingMarker? Read { get; set; }
    }
}
