using Google.Protobuf;
using Onnx;
using Wage.Files;

namespace Wage.Onnx;

/// <summary>A model as an ONNX graph (<see cref="OnnxFile.Of"/>).</summary>
public sealed class OnnxModel
{
    private readonly byte[] bytes;

    internal OnnxModel(ModelProto proto, IReadOnlyList<OnnxDifference> differences)
    {
        (Proto, Differences, bytes) = (proto, differences, proto.ToByteArray());
        Operators = proto.Graph.Node.CountBy(node => node.OpType).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>The operators, in the order of their first nodes, and how many nodes each has.</summary>
    public IReadOnlyDictionary<string, int> Operators { get; }

    /// <summary>The nodes of the plan that are not exact to the last bit, in order; of integers none.</summary>
    public IReadOnlyList<OnnxDifference> Differences { get; }

    /// <summary>The file's bytes; the same model gives the same.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    internal ModelProto Proto { get; }

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WageException">It cannot be written; the old one stands.</exception>
    public void Write(string path) => AtomicFile.Write(path, bytes);
}
