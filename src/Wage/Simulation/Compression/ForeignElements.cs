using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>Elements of other programs' files: floats of 2, 4 and 8 bytes, which become float32, and integers, which stay as they are.</summary>
/// <param name="Numpy">Their name in .npy files; empty: there are none.</param>
/// <param name="Safetensors">Their name in .safetensors files.</param>
/// <param name="Size">Bytes of one.</param>
/// <param name="Type">What they become.</param>
internal sealed record ForeignElements(string Numpy, string Safetensors, int Size, ElementType Type)
{
    private const int MostRank = 8;

    /// <summary>Those that are read; of each type the first is written.</summary>
    private static readonly ForeignElements[] All =
    [
        new("<f4", "F32", 4, ElementType.Float32), new("<f8", "F64", 8, ElementType.Float32), new("<f2", "F16", 2, ElementType.Float32),
        new("", "BF16", 2, ElementType.Float32), new("|u1", "U8", 1, ElementType.UInt8), new("|i1", "I8", 1, ElementType.Int8),
        new("<i2", "I16", 2, ElementType.Int16), new("<i4", "I32", 4, ElementType.Int32), new("<i8", "I64", 8, ElementType.Int64),
    ];

    /// <summary>Those of a type, as they are written.</summary>
    public static ForeignElements Of(ElementType type) => All.First(elements => elements.Type == type);

    /// <summary>Those of this name, in one file or the other.</summary>
    /// <param name="owner">The tensor, for the message.</param>
    /// <param name="name">"&lt;f4", "F32".</param>
    /// <exception cref="WageException">They are not read.</exception>
    public static ForeignElements Named(string owner, string name) =>
        All.FirstOrDefault(elements => name.Length > 0 && (elements.Numpy == name || elements.Safetensors == name)) ?? throw new WageException(
            $"{owner}: holds elements of type '{OneLine.Quote(name)}', but floats of 2, 4 or 8 bytes and int8 to int64 are read.",
            "convert it to float32, or leave it out.");

    /// <summary>The shape of so many bytes.</summary>
    /// <param name="owner">The tensor, for messages.</param>
    /// <param name="extents">Its extents.</param>
    /// <exception cref="WageException">An extent is less than 1, or there are too many elements.</exception>
    public Shape ShapeOf(string owner, IReadOnlyList<int> extents)
    {
        var bytes = (long)Math.Max(Size, Type.Size());
        foreach (var extent in extents)
        {
            bytes *= extent;
            if (extent < 1 || bytes > WeightSet.MostTensorBytes || extents.Count > MostRank)
                throw new WageException(
                    $"{owner}: has the shape ({OneLine.Quote(string.Join(", ", extents))}); up to {MostRank} extents are read, each at least 1, " +
                    $"of at most {WeightSet.MostTensorBytes} bytes in all.");
        }

        int[] all = [.. extents];
        return new Shape(all.AsSpan());
    }

    /// <summary>The tensor of these bytes.</summary>
    /// <exception cref="WageException">A value is finite, but too great for float32.</exception>
    public SavedTensor Tensor(string owner, string name, Shape shape, byte[] bytes)
    {
        if (Type != ElementType.Float32 || Safetensors == "F32") return new SavedTensor(name, Type, shape, bytes);
        var made = new byte[shape.Length * sizeof(float)];
        var values = MemoryMarshal.Cast<byte, float>(made.AsSpan());
        for (var i = 0; i < values.Length; i++)
        {
            var element = bytes.AsSpan(i * Size);
            var value = Safetensors switch
            {
                "F64" => BinaryPrimitives.ReadDoubleLittleEndian(element),
                "F16" => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
                _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
            };
            values[i] = (float)value;
            if (double.IsFinite(value) && !float.IsFinite(values[i]))
                throw new WageException(string.Create(CultureInfo.InvariantCulture, $"{owner}: value {i} is {value}, which float32 does not have."));
        }

        return new SavedTensor(name, Type, shape, made);
    }
}
