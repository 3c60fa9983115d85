using System.Runtime.CompilerServices;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>What all parts of the CPU engine work with: threads, the instructions' kernels and scratch memory. One caller at a time.</summary>
internal sealed class HostEngine(int threads, InstructionSet set, TileKernels kernels) : IDisposable
{
    /// <summary>The threads.</summary>
    public WorkerPool Pool { get; } = new(threads);

    /// <summary>What multiplies tiles.</summary>
    public TileKernels Kernels { get; } = kernels;

    /// <summary>Whether depthwise products take vectors of 512 bits.</summary>
    public bool WideLanes { get; } = DepthwiseLanes512.IsSupported && set >= InstructionSet.Avx512;

    /// <summary>The memory of operands on their way.</summary>
    public Scratch Scratch { get; } = new(threads);

    /// <summary>Held while a range's result joins the others'.</summary>
    public Lock Joining { get; } = new();

    /// <summary>Runs body(state, start, count) over [0, length) in ranges whose starts are multiples of 64; short ones on this thread.</summary>
    public void Ranges<TState>(int length, TState state, WorkBody<TState> body)
    {
        const int least = 8192;
        if (length <= least || Pool.Workers == 1)
        {
            body(in state, 0, length);
            return;
        }

        var size = Math.Max(least, (int)(((long)length / (Pool.Workers * 4)) + 63) & ~63);
        Pool.Run((int)(((long)length + size - 1) / size), (state, body, size, length), static (in s, item, _) =>
            s.body(in s.state, item * s.size, Math.Min(s.size, s.length - (item * s.size))));
    }

    /// <summary>
    /// The parts, at most <paramref name="most"/>, into which an image is split so that every thread has work: one, unless images are few.
    /// </summary>
    public int Parts(int images, int most) => images >= 2 * Pool.Workers ? 1 : Math.Min(most, 2 * Pool.Workers);

    /// <summary>Memory is read through pointers: a wrong length must not get that far.</summary>
    public static void Require(Tensor tensor, long length, [CallerArgumentExpression(nameof(tensor))] string? name = null)
    {
        if (tensor.Length == length) return;
        throw new ArgumentException($"{name}: {tensor.Shape} has {tensor.Length} elements, the operation needs {length}", name);
    }

    /// <summary>Ends the threads and returns the memory.</summary>
    public void Dispose()
    {
        Pool.Dispose();
        Scratch.Dispose();
    }
}
