using System.Globalization;
using Wage.Tensors;

namespace Wage.Tests;

/// <summary>Tensors from and to plain numbers.</summary>
internal static class Values
{
    public static HostTensor Tensor(ElementType type, params long[] values) => Tensor(type, new Shape(values.Length), values);

    public static HostTensor Tensor(ElementType type, Shape shape, params long[] values)
    {
        var tensor = HostTensor.Create(type, shape);
        Fill(tensor, values);
        return tensor;
    }

    public static void Fill(Tensor tensor, params long[] values)
    {
        if (values.Length != tensor.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{values.Length} values for {tensor.Shape}"));
        for (var i = 0; i < values.Length; i++) ((HostTensor)tensor)[i] = values[i];
    }

    public static long[] Of(Tensor tensor) => [.. Enumerable.Range(0, tensor.Length).Select(i => ((HostTensor)tensor)[i])];
}
