using System.Text;

namespace Wage.Tests.Quantization.Onnx;

/// <summary>An ONNX model of one node, whose inputs are all given when it runs: messages of protobuf, written field by field.</summary>
internal static class OnnxModel
{
    /// <summary>onnx.TensorProto.DataType.</summary>
    public const int Float = 1, UInt8 = 2, Int32 = 6;

    private const int Ints = 7, Int = 2;

    /// <summary>The bytes of the model.</summary>
    /// <param name="operation">"QLinearConv".</param>
    /// <param name="domain">"" or "com.microsoft".</param>
    /// <param name="inputs">Type and extents of each, none for a scalar.</param>
    /// <param name="output">Its type and extents.</param>
    /// <param name="attributes">Whole numbers by name: one, or a list.</param>
    public static byte[] Of(
        string operation, string domain, (int Type, int[] Shape)[] inputs, (int Type, int[] Shape) output,
        params (string Name, bool IsList, int[] Values)[] attributes)
    {
        Message node = new(), graph = new(), model = new();
        for (var i = 0; i < inputs.Length; i++) node.Text(1, $"x{i}");
        node.Text(2, "y").Text(4, operation);
        foreach (var (name, isList, values) in attributes)
        {
            var attribute = new Message().Text(1, name);
            foreach (var value in values) attribute.Number(isList ? 8 : 3, value);
            node.Part(5, attribute.Number(20, isList ? Ints : Int));
        }

        graph.Part(1, node.Text(7, domain)).Text(2, "g");
        for (var i = 0; i < inputs.Length; i++) graph.Part(11, Value($"x{i}", inputs[i]));
        graph.Part(12, Value("y", output));
        foreach (var (name, version) in new[] { ("", 17), ("com.microsoft", 1) }) model.Part(8, new Message().Text(1, name).Number(2, version));
        return model.Number(1, 8).Part(7, graph).ToArray();
    }

    private static Message Value(string name, (int Type, int[] Shape) value)
    {
        var shape = new Message();
        foreach (var extent in value.Shape) shape.Part(1, new Message().Number(1, extent));
        return new Message().Text(1, name).Part(2, new Message().Part(1, new Message().Number(1, value.Type).Part(2, shape)));
    }

    private sealed class Message
    {
        private readonly MemoryStream bytes = new();

        public byte[] ToArray() => bytes.ToArray();

        public Message Number(int field, int value)
        {
            Varint((uint)field << 3);
            Varint((uint)value);
            return this;
        }

        public Message Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

        public Message Part(int field, Message part) => Bytes(field, part.ToArray());

        private Message Bytes(int field, byte[] content)
        {
            Varint(((uint)field << 3) | 2);
            Varint((uint)content.Length);
            bytes.Write(content);
            return this;
        }

        private void Varint(uint value)
        {
            for (; value >= 128; value >>= 7) bytes.WriteByte((byte)(value | 128));
            bytes.WriteByte((byte)value);
        }
    }
}
