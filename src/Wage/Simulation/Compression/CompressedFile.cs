using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Wage.Files;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation.Compression;

/// <summary>
/// Compressed weights as one sealed file. Its header lists the tensors and, of a run's weights, has the whole header of the checkpoint, so that the
/// checkpoint can be made again; the contents of the tensors follow in order. It is never trusted.
/// </summary>
internal static class CompressedFile
{
    private const int MostTensors = 1 << 14;
    private const int MostRank = 8;
    private const int LongestReason = 160;

    /// <summary>The version of a checkpoint's header that is written here.</summary>
    private const uint CheckpointVersion = 3;

    /// <summary>What frames it.</summary>
    public static SealedFile Form { get; } = new("compressed file", "WGTZ", 1, "compress the weights again.");

    public static void Write(string path, CompressedWeights weights)
    {
        ArgumentNullException.ThrowIfNull(path);
        Form.Write(path, Header(weights), weights.Tensors.Sum(tensor => (long)tensor.Size), put =>
        {
            foreach (var tensor in weights.Tensors) put(tensor.Content);
        });
    }

    public static CompressedWeights Read(string path) => Form.Read(path, content =>
    {
        try
        {
            using var document = JsonDocument.Parse(content.Header);
            return Read(path, document.RootElement, content);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw Refused(path, error);
        }
        catch (WageException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw Refused(path, error);
        }
    });

    private static CompressedWeights Read(string path, JsonElement root, SealedContent content)
    {
        var (tensors, left) = (new List<CompressedTensor>(), content.Payload);
        foreach (var entry in CheckpointHeader.Items(root, "tensors", MostTensors))
        {
            var (name, type, shape) = (CheckpointHeader.Text(entry, "name"), TypeOf(entry), ShapeOf(entry));
            var (bits, ranges) = (CheckpointHeader.Whole(entry, "bits"), CheckpointHeader.Whole(entry, "ranges"));
            var isPossible = bits == 0 ? ranges == 0
                : bits is >= 2 and <= 8 && type == ElementType.Float32 && (ranges == 1 || (shape.Rank > 0 && ranges == shape[0]));
            if (!isPossible) throw new FormatException($"'{OneLine.Quote(name)}' is {type} {shape} in {ranges} ranges of {bits} bits");
            var size = CompressedTensor.ContentBytes(type, shape, bits, ranges);
            if (size > left) throw new FormatException($"'{OneLine.Quote(name)}' has {size} bytes, but {left} follow");
            tensors.Add(new CompressedTensor(name, type, shape, bits, ranges, content.Next(size)));
            left -= size;
        }

        if (left > 0) throw new FormatException($"{left} bytes follow its tensors");
        var described = new WeightSet([.. tensors.Select(tensor => new SavedTensor(tensor.Name, tensor.Type, tensor.Shape, []))])
        {
            Notes = CheckpointHeader.Field(root, "notes").EnumerateObject()
                .ToImmutableDictionary(note => note.Name, note => note.Value.GetString() ?? "", StringComparer.Ordinal),
            Checkpoint = CheckpointOf(path, root),
        };
        if (described.Checkpoint is not null) CheckpointWeights.RequireFits(described);
        return new CompressedWeights(tensors, described);
    }

    private static Checkpoint? CheckpointOf(string path, JsonElement root) => !root.TryGetProperty("checkpoint", out var header) ? null
        : CheckpointHeader.Read(
            path, Encoding.UTF8.GetBytes(header.GetRawText()), CheckpointHeader.Field(root, "checkpointBytes").GetInt64(), CheckpointVersion);

    private static ElementType TypeOf(JsonElement entry)
    {
        var type = CheckpointHeader.Text(entry, "type");
        foreach (var known in Enum.GetValues<ElementType>())
            if (known.ToString() == type) return known;
        throw new FormatException($"a tensor has the type '{OneLine.Quote(type)}'");
    }

    private static Shape ShapeOf(JsonElement entry)
    {
        int[] extents = [.. CheckpointHeader.Items(entry, "shape", MostRank).Select(extent => extent.GetInt32())];
        var bytes = (long)sizeof(float);
        foreach (var extent in extents)
        {
            bytes *= extent;
            if (extent < 1 || bytes > WeightSet.MostTensorBytes) throw new FormatException($"a tensor has the shape [{string.Join(',', extents)}]");
        }

        return new Shape(extents.AsSpan());
    }

    private static byte[] Header(CompressedWeights weights)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("tensors");
            foreach (var tensor in weights.Tensors)
            {
                json.WriteStartObject();
                json.WriteString("name", tensor.Name);
                json.WriteString("type", tensor.Type.ToString());
                json.WriteStartArray("shape");
                for (var i = 0; i < tensor.Shape.Rank; i++) json.WriteNumberValue(tensor.Shape[i]);
                json.WriteEndArray();
                json.WriteNumber("bits", tensor.Bits);
                json.WriteNumber("ranges", tensor.Ranges.Count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("notes");
            foreach (var (name, note) in weights.Described.Notes.OrderBy(note => note.Key, StringComparer.Ordinal)) json.WriteString(name, note);
            json.WriteEndObject();
            if (weights.Described.Checkpoint is { } checkpoint)
            {
                json.WriteNumber("checkpointBytes", checkpoint.Weights.Concat(checkpoint.States).Sum(tensor => tensor.Size));
                json.WritePropertyName("checkpoint");
                json.WriteRawValue(CheckpointHeader.Write(checkpoint));
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static WageException Refused(string path, Exception error) => new(
        $"{path}: is not a compressed file that this program can read ({OneLine.Cut(error.Message, LongestReason).TrimEnd('.')}).", null, error);
}
