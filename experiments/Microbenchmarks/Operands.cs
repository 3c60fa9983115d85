using System.Numerics;
using Wage.Backends;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Microbenchmarks;

/// <summary>Tensors to measure with: uniform over -limit to limit, the same in every run.</summary>
internal static class Operands
{
    /// <summary>A tensor of the backend; T is the host type of <paramref name="type"/>.</summary>
    public static Tensor Tensor<T>(IBackend backend, ElementType type, Shape shape, int limit, uint step = 0)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (tensor, values, key) = (backend.Allocate(type, shape), new T[shape.Length], new RandomKey(1, RandomStream.Synthetic(0), step));
        for (var i = 0; i < values.Length; i++) values[i] = T.CreateChecked(RandomBits.Below(key, (ulong)i, (2 * limit) + 1) - limit);
        backend.Upload<T>(values, tensor);
        return tensor;
    }
}
