using Wage.Backends;
using Wage.Tensors;

namespace Wage.Workers;

/// <summary>Makes whole tensors of the parts that workers have of them, each of its own images: for who looks into a step.</summary>
/// <param name="workers">The workers.</param>
/// <param name="slice">This one's images.</param>
/// <param name="tensors">Takes what has to lie on a device.</param>
internal sealed class BatchGather(Collective workers, BatchSlice slice, OwnedTensors tensors)
{
    private readonly Dictionary<(ElementType Type, int Stride), (PartGather Gather, HostTensor Host, Tensor Device)> wholes = [];
    private readonly long[] numbers = new long[3];
    private Tensor? joined;

    /// <summary>Who has the other parts.</summary>
    public Collective Workers => workers;

    /// <summary>The bytes of the tensors of the whole batch.</summary>
    public long Bytes => wholes.Values.Sum(whole => (long)whole.Host.Length * whole.Host.Type.Size());

    /// <summary>The tensor of the whole batch; valid until the next one of its type and size is asked for.</summary>
    public Tensor Whole(Tensor own)
    {
        var (stride, shape) = (own.Length / slice.Count, own.Shape.OfBatch(slice.Batch));
        if (!wholes.TryGetValue((own.Type, stride), out var whole))
        {
            var host = HostTensor.Create(own.Type, new Shape(shape.Length));
            var device = own is HostTensor ? host : tensors.Allocate(own.Type, new Shape(shape.Length));
            whole = (new PartGather(workers, shape.Length, own.Type, long.MaxValue, stride), host, device);
            wholes.Add((own.Type, stride), whole);
        }

        workers.Backend.Lend(own, bytes => bytes.CopyTo(whole.Host.Bytes.Slice(slice.First * stride * own.Type.Size(), bytes.Length)));
        whole.Gather.Start(whole.Host);
        whole.Gather.Finish(whole.Host);
        if (whole.Device != whole.Host) workers.Backend.UploadBytes(whole.Host.Bytes, whole.Device);
        return whole.Device.Reshape(shape);
    }

    /// <summary>The statistic of the whole batch, of each worker's: a maximum, then counts.</summary>
    public Tensor Joined(Tensor statistic)
    {
        workers.Backend.Download<long>(statistic, numbers);
        workers.Max(numbers.AsSpan(0, 1));
        workers.Sum(numbers.AsSpan(1));
        joined ??= tensors.Allocate(ElementType.Int64, statistic.Shape);
        workers.Backend.Upload<long>(numbers, joined);
        return joined;
    }
}
