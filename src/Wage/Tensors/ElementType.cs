namespace Wage.Tensors;

/// <summary>What a tensor's elements are: integers, of 1 to 8 bytes; or float32.</summary>
public enum ElementType
{
    /// <summary>byte: pixels, labels, pooling positions.</summary>
    UInt8,

    /// <summary>sbyte: weights, activations, errors up to 8 bits.</summary>
    Int8,

    /// <summary>short: stored weights and errors of 9 to 16 bits, updates.</summary>
    Int16,

    /// <summary>int: accumulators.</summary>
    Int32,

    /// <summary>long: accumulators whose bound exceeds 2^31 - 1; maxima and metrics.</summary>
    Int64,

    /// <summary>float32, of the simulation domain: files and tables name it, no backend of integers holds it.</summary>
    Float32,
}

/// <summary>Sizes and ranges of element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.UInt8 or ElementType.Int8 => 1,
        ElementType.Int16 => 2,
        ElementType.Int32 or ElementType.Float32 => 4,
        _ => 8,
    };

    /// <summary>The greatest value an element holds.</summary>
    public static long Maximum(this ElementType type) => type switch
    {
        ElementType.UInt8 => byte.MaxValue,
        ElementType.Int8 => sbyte.MaxValue,
        ElementType.Int16 => short.MaxValue,
        ElementType.Int32 => int.MaxValue,
        _ => long.MaxValue,
    };

    /// <summary>The storage of a k-bit quantity: sbyte up to 8 bits, short up to 16.</summary>
    public static ElementType ForBits(int bits) => bits <= 8 ? ElementType.Int8 : ElementType.Int16;

    /// <summary>The element type of T.</summary>
    /// <exception cref="NotSupportedException">T is not byte, sbyte, short, int or long.</exception>
    public static ElementType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(byte) ? ElementType.UInt8
        : typeof(T) == typeof(sbyte) ? ElementType.Int8
        : typeof(T) == typeof(short) ? ElementType.Int16
        : typeof(T) == typeof(int) ? ElementType.Int32
        : typeof(T) == typeof(long) ? ElementType.Int64
        : throw new NotSupportedException($"tensors hold byte, sbyte, short, int or long, not {typeof(T).Name}");
}
