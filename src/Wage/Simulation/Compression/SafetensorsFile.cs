using System.Buffers.Binary;
using System.Text.Json;
using Wage.Files;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>
/// Hugging Face's .safetensors: the header's length (UInt64 little-endian), the header, {"name": {"dtype": "F32", "shape": [2,3], "data_offsets":
/// [begin, end]}, ...} with notes under "__metadata__", then the elements, row-major and little-endian, without a gap between tensors.
/// </summary>
internal static class SafetensorsFile
{
    private const int StartBytes = sizeof(ulong);
    private const int MostHeaderBytes = 1 << 22;
    private const int LongestReason = 160;
    private const string NotesKey = "__metadata__";

    /// <summary>Every tensor of a file, in the order of their bytes.</summary>
    /// <exception cref="WageException">It is no such file, is damaged, or has elements that are not read.</exception>
    public static WeightSet Read(string path)
    {
        using var file = BoundedFile.Open(path, "file", WeightSet.MostBytes);
        try
        {
            Span<byte> start = stackalloc byte[StartBytes];
            file.ReadExactly(start);
            var (length, rest) = (BinaryPrimitives.ReadUInt64LittleEndian(start), file.Length - StartBytes);
            if (length > (ulong)Math.Min(rest, MostHeaderBytes))
                throw new WageException($"{path}: claims a header of {length} bytes, but {rest} follow and at most {MostHeaderBytes} are read.");
            var header = new byte[length];
            file.ReadExactly(header);
            using var document = JsonDocument.Parse(header);
            return Read(path, document.RootElement, rest - header.Length, file);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or IOException)
        {
            throw new WageException(
                $"{path}: is damaged or no .safetensors file ({OneLine.Cut(error.Message, LongestReason).TrimEnd('.')}).", null, error);
        }
    }

    /// <summary>Writes a file, its tensors in their order.</summary>
    /// <exception cref="WageException">It cannot be written, or a tensor has the name of the notes.</exception>
    public static void Write(string path, WeightSet set)
    {
        var header = Header(path, set);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> start = stackalloc byte[StartBytes];
            BinaryPrimitives.WriteUInt64LittleEndian(start, (ulong)header.Length);
            stream.Write(start);
            stream.Write(header);
            foreach (var tensor in set.Tensors) stream.Write(tensor.Bytes);
        });
    }

    private static WeightSet Read(string path, JsonElement root, long data, FileStream file)
    {
        var (entries, notes) = (new List<Entry>(), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var field in root.EnumerateObject())
        {
            if (field.NameEquals(NotesKey))
                foreach (var note in field.Value.EnumerateObject()) notes[note.Name] = note.Value.GetString() ?? "";
            else entries.Add(Entry.Of($"{path}: {OneLine.Quote(field.Name)}", field));
        }

        var (tensors, at) = (new List<SavedTensor>(), 0L);
        foreach (var entry in entries.OrderBy(entry => entry.Begin))
        {
            var (size, owner) = ((long)entry.Shape.Length * entry.Elements.Size, entry.Owner);
            if (entry.Begin == at && entry.End - at == size && entry.End > data)
                throw new WageException(
                    $"{owner}: lies at {entry.Begin} to {entry.End}, but {data} bytes follow the header: the file is cut short.", "bring it whole.");
            if (entry.Begin != at || entry.End - at != size)
                throw new WageException(
                    $"{owner}: has {size} bytes by its shape and lies at {entry.Begin} to {entry.End}, but should begin at {at}.");
            var bytes = new byte[size];
            file.ReadExactly(bytes);
            tensors.Add(entry.Elements.Tensor(owner, entry.Name, entry.Shape, bytes));
            at += size;
        }

        return at == data ? new WeightSet(tensors) { Notes = notes }
            : throw new WageException($"{path}: {data} bytes follow its header, but its tensors have {at}.");
    }

    private static byte[] Header(string path, WeightSet set)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (set.Notes.Count > 0)
            {
                json.WriteStartObject(NotesKey);
                foreach (var (name, note) in set.Notes.OrderBy(note => note.Key, StringComparer.Ordinal)) json.WriteString(name, note);
                json.WriteEndObject();
            }

            var at = 0L;
            foreach (var tensor in set.Tensors)
            {
                if (tensor.Name == NotesKey) throw new WageException($"{path}: a tensor has the name {NotesKey}, which stands for notes there.");
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", ForeignElements.Of(tensor.Type).Safetensors);
                json.WriteStartArray("shape");
                for (var i = 0; i < tensor.Shape.Rank; i++) json.WriteNumberValue(tensor.Shape[i]);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.Size);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % StartBytes != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    /// <summary>What the header says of a tensor.</summary>
    private sealed record Entry(string Owner, string Name, ForeignElements Elements, Shape Shape, long Begin, long End)
    {
        public static Entry Of(string owner, JsonProperty field)
        {
            var elements = ForeignElements.Named(owner, CheckpointHeader.Text(field.Value, "dtype"));
            var shape = elements.ShapeOf(owner, [.. CheckpointHeader.Items(field.Value, "shape", 8).Select(extent => extent.GetInt32())]);
            var offsets = CheckpointHeader.Items(field.Value, "data_offsets", 2);
            if (offsets.Count != 2) throw new FormatException($"data_offsets of {OneLine.Quote(field.Name)} has {offsets.Count} parts, not 2");
            return new Entry(owner, field.Name, elements, shape, offsets[0].GetInt64(), offsets[1].GetInt64());
        }
    }
}
