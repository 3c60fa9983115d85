using ILGPU;
using ILGPU.IR.Intrinsics;
using Wage.Gpu.TensorCores;

namespace Wage.Gpu.Cuda;

/// <summary>The addresses of views in PTX: the view's own, generic, and from it the one of its state space.</summary>
internal static class GenericAddress
{
    /// <summary>What <see cref="TensorCore.SharedAddress"/> becomes.</summary>
    public static int SharedAddress(ArrayView<Quad> shared) => ToShared(ref shared[0]);

    /// <summary>What <see cref="TensorCore.GlobalAddress"/> becomes.</summary>
    public static long GlobalAddress(ArrayView<byte> memory) => ToGlobal(ref memory[0]);

    /// <summary>cvta.to.shared.</summary>
    [IntrinsicImplementation]
    public static int ToShared(ref Quad generic) => throw new NotSupportedException();

    /// <summary>cvta.to.global.</summary>
    [IntrinsicImplementation]
    public static long ToGlobal(ref byte generic) => throw new NotSupportedException();
}
