using Wage.Backends;
using Wage.Backends.Host;
using Wage.Tensors;

namespace Wage.Tests.Backends.Guarded;

/// <summary>Faults of the smallest size, in tensors and scratch buffers, that <see cref="GuardedPass"/> must die of or report.</summary>
internal static unsafe class Plants
{
    private const int Length = 37;

    /// <summary>Does the fault of this name.</summary>
    public static void Run(string name)
    {
        using var buffer = new NativeBuffer();
        var tensor = new HostTensor<sbyte>(new Shape(Length));
        switch (name)
        {
            case "tensor, write behind": tensor.Pointer[Length] = 1; break;
            case "tensor, read behind": Use(tensor.Pointer[Length]); break;
            case "tensor, write before": tensor.Pointer[-1] = 1; break;
            case "tensor, read before": Use(tensor.Pointer[-1]); break;
            case "buffer, write behind": buffer.Ensure<short>(Length)[Length] = 1; break;
            case "buffer, read behind": Use(buffer.Ensure<short>(Length)[Length]); break;
            case "buffer, write before": buffer.Ensure<short>(Length)[-1] = 1; break;
            case "buffer, read before": Use(buffer.Ensure<short>(Length)[-1]); break;
            case "packing, a pair too many": TransposeTooMuch(buffer); break;
            case "kernel, a step too many": Multiply(1); break;
            default: throw new ArgumentException($"no such fault: {name}", nameof(name));
        }

        GC.KeepAlive(tensor);
    }

    private static void Use(int value) => Console.WriteLine(value);

    /// <summary>The panel has room for the pairs of 18 terms; 20 are packed.</summary>
    private static void TransposeTooMuch(NativeBuffer buffer)
    {
        var rows = new HostTensor<sbyte>(new Shape(TileLoop.Columns, 20));
        var panel = buffer.Ensure<short>(TileProduct.Pairs(18) * TileLoop.PairLength);
        Packing.Transpose(rows.Pointer, 20, TileLoop.Columns, 20, panel);
        GC.KeepAlive(rows);
    }

    /// <summary>A dense product whose kernel takes steps that are not there.</summary>
    private static void Multiply(int more)
    {
        Kernels.More = more;
        using var backend = new HostBackend(1, new InstructionSetChoice(InstructionSet.Scalar, "planted"),
            new TileKernels(new TileKernel(6, 2, &Kernels.Multiply), null, null));
        var g = ConvGeometry.Dense(6, 16, 16);
        var (x, w) = (new HostTensor<sbyte>(g.InputShape), new HostTensor<sbyte>(g.WeightShape));
        backend.Convolve(x, w, g, new HostTensor<int>(g.OutputShape));
    }

    private static class Kernels
    {
        public static int More { get; set; }

        public static void Multiply(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        {
            var longer = *loop with { Inner = loop->Inner + More };
            PortableTile.Multiply(rows, offsets, panels, &longer, start, c, stride, accumulate);
        }
    }
}
