using System.Numerics;
using System.Runtime.CompilerServices;
using Wage.Files;
using Wage.Tensors;

namespace Wage.Experiments.Traces;

/// <summary>The arrays of a trace: .npy files, and beside each, where hardware is to read it, the same as .hex.</summary>
/// <param name="root">The folder of the trace.</param>
/// <param name="isHex">Whether .hex files are written too.</param>
internal sealed class TraceArrays(string root, bool isHex)
{
    /// <summary>The bytes of the elements written.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many arrays were written.</summary>
    public int Count { get; private set; }

    /// <summary>Makes the folder, which must be new or empty.</summary>
    /// <exception cref="WageException">The folder holds something already, or cannot be written.</exception>
    public static void Make(string folder)
    {
        try
        {
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new WageException($"{folder}: is not an empty folder.", "choose another with --out.");
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new WageException($"{folder}: the folder cannot be made ({error.Message.TrimEnd('.')}).", "choose another with --out.", error);
        }
    }

    /// <summary>Writes an array; its type as .npy says it.</summary>
    /// <param name="file">Below the root: "step-000000/conv1.weights.npy".</param>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="extents">The shape.</param>
    public string Write<T>(string file, ReadOnlySpan<T> values, int[] extents)
        where T : unmanaged, IBinaryInteger<T>
    {
        var path = Path.Combine(root, file);
        NpyFile.Write(path, values, extents);
        if (isHex) HexFile.Write(Path.ChangeExtension(path, ".hex"), values, extents);
        Bytes += (long)values.Length * Unsafe.SizeOf<T>();
        Count++;
        return NpyFile.Descriptor<T>();
    }

    /// <summary>The same of a tensor.</summary>
    public string Write(string file, HostTensor values)
    {
        var extents = ExtentsOf(values.Shape);
        return values switch
        {
            HostTensor<byte> t => Write<byte>(file, t.Span, extents),
            HostTensor<sbyte> t => Write<sbyte>(file, t.Span, extents),
            HostTensor<short> t => Write<short>(file, t.Span, extents),
            HostTensor<int> t => Write<int>(file, t.Span, extents),
            _ => Write<long>(file, ((HostTensor<long>)values).Span, extents),
        };
    }

    /// <summary>A shape as a list.</summary>
    public static int[] ExtentsOf(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(i => shape[i])];
}
