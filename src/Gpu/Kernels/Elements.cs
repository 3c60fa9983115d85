using ILGPU;
using Wage.Tensors;

namespace Wage.Gpu.Kernels;

/// <summary>How a kernel reads and writes the elements of one type; a kernel is compiled for each that it meets.</summary>
internal interface IElement
{
    /// <summary>Element i.</summary>
    static abstract long Get(ArrayView<byte> tensor, long i);

    /// <summary>Element i = value, which was proved to fit.</summary>
    static abstract void Set(ArrayView<byte> tensor, long i, long value);
}

/// <summary>byte.</summary>
internal readonly struct UInt8Element : IElement
{
    public static long Get(ArrayView<byte> tensor, long i) => tensor[i];

    public static void Set(ArrayView<byte> tensor, long i, long value) => tensor[i] = (byte)value;
}

/// <summary>sbyte.</summary>
internal readonly struct Int8Element : IElement
{
    public static long Get(ArrayView<byte> tensor, long i) => unchecked((sbyte)tensor[i]);

    public static void Set(ArrayView<byte> tensor, long i, long value) => tensor[i] = unchecked((byte)value);
}

/// <summary>short.</summary>
internal readonly struct Int16Element : IElement
{
    public static long Get(ArrayView<byte> tensor, long i) => tensor.Cast<short>()[i];

    public static void Set(ArrayView<byte> tensor, long i, long value) => tensor.Cast<short>()[i] = (short)value;
}

/// <summary>int.</summary>
internal readonly struct Int32Element : IElement
{
    public static long Get(ArrayView<byte> tensor, long i) => tensor.Cast<int>()[i];

    public static void Set(ArrayView<byte> tensor, long i, long value) => tensor.Cast<int>()[i] = (int)value;
}

/// <summary>long.</summary>
internal readonly struct Int64Element : IElement
{
    public static long Get(ArrayView<byte> tensor, long i) => tensor.Cast<long>()[i];

    public static void Set(ArrayView<byte> tensor, long i, long value) => tensor.Cast<long>()[i] = value;
}

/// <summary>The struct of an element type.</summary>
internal static class Element
{
    public static Type Of(Tensor tensor) => Of(tensor.Type);

    public static Type Of(ElementType type) => type switch
    {
        ElementType.UInt8 => typeof(UInt8Element),
        ElementType.Int8 => typeof(Int8Element),
        ElementType.Int16 => typeof(Int16Element),
        ElementType.Int32 => typeof(Int32Element),
        _ => typeof(Int64Element),
    };
}
