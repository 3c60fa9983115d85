using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// Memory between an operation's parts: each buffer grows to what the largest operation needs, each tensor is made once, and all are kept, so that a
/// step allocates nothing. <see cref="ScratchBound"/> says how much it can become.
/// </summary>
internal sealed class Scratch : IDisposable
{
    private readonly List<NativeBuffer> buffers = [];
    private readonly Dictionary<(int Use, int Type, int Length), HostTensor> tensors = []; // hashing an enum may box it
    private readonly Dictionary<(int Use, int Type, int Length), HostTensor> blocks = [];

    /// <summary>For so many threads.</summary>
    public Scratch(int workers)
    {
        (Panels, Rows, Starts, Offsets, Partials) = (Buffer(), Buffer(), Buffer(), Buffer(), Buffer());
        (Columns, Lists, ListOffsets, ListValues, ListPairs) = (Buffer(), Buffer(), Buffer(), Buffer(), Buffer());
        (Planes, PairedPlanes, Pairs, PairStarts, Accumulators, Windows) = (Each(), Each(), Each(), Each(), Each(), Each());

        NativeBuffer Buffer()
        {
            buffers.Add(new NativeBuffer());
            return buffers[^1];
        }

        NativeBuffer[] Each() => [.. Enumerable.Range(0, workers).Select(_ => Buffer())];
    }

    /// <summary>Packed columns of a product.</summary>
    public NativeBuffer Panels { get; }

    /// <summary>A matrix of rows, in the kernel's elements.</summary>
    public NativeBuffer Rows { get; }

    /// <summary>What each column starts from.</summary>
    public NativeBuffer Starts { get; }

    /// <summary>Where each row starts.</summary>
    public NativeBuffer Offsets { get; }

    /// <summary>The threads' sums of a gradient.</summary>
    public NativeBuffer Partials { get; }

    /// <summary>A stage's columns.</summary>
    public NativeBuffer Columns { get; }

    /// <summary>Lists of errors that are not 0, for each segment and filter.</summary>
    public NativeBuffer Lists { get; }

    /// <summary>Where each entry's inputs start.</summary>
    public NativeBuffer ListOffsets { get; }

    /// <summary>The entries.</summary>
    public NativeBuffer ListValues { get; }

    /// <summary>The pairs of each group of entries.</summary>
    public NativeBuffer ListPairs { get; }

    /// <summary>Of each thread: a padded image.</summary>
    public NativeBuffer[] Planes { get; }

    /// <summary>Of each thread: padded images as steps.</summary>
    public NativeBuffer[] PairedPlanes { get; }

    /// <summary>Of each thread: errors as steps, or sums of a pooling's errors.</summary>
    public NativeBuffer[] Pairs { get; }

    /// <summary>Of each thread: what the columns of <see cref="Pairs"/> start from.</summary>
    public NativeBuffer[] PairStarts { get; }

    /// <summary>Of each thread: an image's sums.</summary>
    public NativeBuffer[] Accumulators { get; }

    /// <summary>Of each thread: a row of a pooling's maxima.</summary>
    public NativeBuffer[] Windows { get; }

    /// <summary>The bytes that there are now.</summary>
    public long InUse => buffers.Sum(buffer => buffer.Capacity) + tensors.Values.Sum(tensor => tensor.ByteLength);

    /// <summary>The tensor for this use; its contents are undefined.</summary>
    public HostTensor Tensor(KeptTensor use, ElementType type, long length)
    {
        var key = ((int)use, (int)type, checked((int)length));
        return tensors.TryGetValue(key, out var known) ? known : tensors[key] = HostTensor.Create(type, new Shape(key.Item3));
    }

    /// <summary>
    /// As <see cref="Tensor"/>, of a block of images: views of one tensor that is as long as the longest, so that many layers take the memory of one.
    /// </summary>
    public HostTensor Block(KeptTensor use, ElementType type, long length)
    {
        var key = ((int)use, (int)type, checked((int)length));
        if (blocks.TryGetValue(key, out var known)) return known;
        var whole = key with { Item3 = 0 };
        if (!tensors.TryGetValue(whole, out var all) || all.Length < length)
        {
            blocks.Clear();     // they are views of what goes
            all = tensors[whole] = HostTensor.Create(type, new Shape(key.Item3));
        }

        return blocks[key] = all.Part(0, new Shape(key.Item3));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in buffers) buffer.Dispose();
    }
}

/// <summary>What a kept tensor is for; two uses at the same time are two tensors.</summary>
internal enum KeptTensor
{
    /// <summary>Sums of a block of images, or a strided error's part of them.</summary>
    Sums,

    /// <summary>An error product's sums of a block of images.</summary>
    ErrorSums,

    /// <summary>Maxima of a pooling's windows over them.</summary>
    Maxima,

    /// <summary>Taps of a strided error's part.</summary>
    Taps,

    /// <summary>A group's inputs, or their errors.</summary>
    GroupInputs,

    /// <summary>A group's weights, or their gradients.</summary>
    GroupWeights,

    /// <summary>A group's outputs, or their errors.</summary>
    GroupOutputs,
}
