using Wage.Backends;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>One operation with its inputs: run on a backend, it gives every tensor that the operation writes.</summary>
internal sealed record BackendCase(string Operation, string Arguments, Func<IBackend, long[][]> Run)
{
    public override string ToString() => $"{Operation} {Arguments}";

    /// <summary>Null when the backends agree on every element, else where they differ first.</summary>
    public string? Difference(IBackend expected, IBackend actual) => Difference(Run(expected), actual);

    public string? Difference(long[][] expected, IBackend actual)
    {
        var results = Run(actual);
        for (var t = 0; t < expected.Length; t++)
        {
            for (var i = 0; i < expected[t].Length; i++)
            {
                if (expected[t][i] != results[t][i])
                    return $"{actual.Name}, {actual.Description}: output {t}, element {i} is {results[t][i]}, the reference gives {expected[t][i]}";
            }
        }

        return null;
    }
}

/// <summary>Tensors from and to int64 arrays.</summary>
internal static class BackendTensors
{
    public static Tensor With(this IBackend backend, ElementType type, Shape shape, long[] values)
    {
        var tensor = backend.Allocate(type, shape);
        switch (type)
        {
            case ElementType.UInt8: backend.Upload<byte>(Array.ConvertAll(values, v => checked((byte)v)), tensor); break;
            case ElementType.Int8: backend.Upload<sbyte>(Array.ConvertAll(values, v => checked((sbyte)v)), tensor); break;
            case ElementType.Int16: backend.Upload<short>(Array.ConvertAll(values, v => checked((short)v)), tensor); break;
            case ElementType.Int32: backend.Upload<int>(Array.ConvertAll(values, v => checked((int)v)), tensor); break;
            default: backend.Upload<long>(values, tensor); break;
        }

        return tensor;
    }

    public static Tensor With(this IBackend backend, ElementType type, params long[] values) => backend.With(type, new Shape(values.Length), values);

    public static long[] Values(this IBackend backend, Tensor tensor) => tensor.Type switch
    {
        ElementType.UInt8 => Values<byte>(backend, tensor),
        ElementType.Int8 => Values<sbyte>(backend, tensor),
        ElementType.Int16 => Values<short>(backend, tensor),
        ElementType.Int32 => Values<int>(backend, tensor),
        _ => Values<long>(backend, tensor),
    };

    private static long[] Values<T>(IBackend backend, Tensor tensor)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        var values = new T[tensor.Length];
        backend.Download<T>(tensor, values);
        return Array.ConvertAll(values, long.CreateChecked);
    }
}
