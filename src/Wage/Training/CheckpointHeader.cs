using System.Text.Json;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>The JSON header of a checkpoint: all its fields but the tensors' bytes.</summary>
internal static class CheckpointHeader
{
    public static byte[] Write(Checkpoint checkpoint)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("config", checkpoint.Config);
            json.WriteNumber("seed", checkpoint.Seed);
            json.WriteNumber("epoch", checkpoint.Epoch);
            json.WriteNumber("stepInEpoch", checkpoint.StepInEpoch);
            WriteScore(json, "running", checkpoint.Running);
            json.WriteStartArray("history");
            foreach (var result in checkpoint.History)
            {
                json.WriteStartObject();
                json.WriteNumber("epoch", result.Epoch);
                json.WriteString("eta", result.Eta.ToString());
                WriteScore(json, "train", result.Train);
                WriteScore(json, "test", result.Test);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("weights");
            foreach (var tensor in checkpoint.Weights)
            {
                json.WriteStartObject();
                json.WriteString("name", tensor.Name);
                json.WriteString("type", tensor.Type.ToString());
                json.WriteStartArray("shape");
                for (var i = 0; i < tensor.Shape.Rank; i++) json.WriteNumberValue(tensor.Shape[i]);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <exception cref="WageException">A field is missing or of the wrong kind, or the tensors' sizes are not those of the payload.</exception>
    public static Checkpoint Read(string path, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        try
        {
            using var document = JsonDocument.Parse(header.ToArray());
            var root = document.RootElement;
            var weights = new List<SavedTensor>();
            foreach (var entry in root.GetProperty("weights").EnumerateArray())
            {
                var shape = ReadShape(entry, payload.Length);
                var type = Enum.Parse<ElementType>(Text(entry, "type"));
                var bytes = (long)shape.Length * type.Size();
                if (bytes > payload.Length) throw new FormatException($"{Text(entry, "name")} is cut short");
                weights.Add(new SavedTensor(Text(entry, "name"), type, shape, payload[..(int)bytes].ToArray()));
                payload = payload[(int)bytes..];
            }

            if (payload.Length != 0) throw new FormatException($"{payload.Length} bytes are left over");
            return new Checkpoint(
                Text(root, "config"), root.GetProperty("seed").GetUInt64(),
                Whole(root, "epoch"), Whole(root, "stepInEpoch"), ReadScore(root, "running"),
                [.. root.GetProperty("history").EnumerateArray().Select(ReadResult)], weights);
        }
        catch (Exception error)
            when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new WageException($"{path}: is not a checkpoint that this program can read ({error.Message.TrimEnd('.')}).", null, error);
        }
    }

    private static void WriteScore(Utf8JsonWriter json, string name, Score score)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(score.LossSum);
        json.WriteNumberValue(score.LossFractionBits);
        json.WriteNumberValue(score.Correct);
        json.WriteNumberValue(score.Counted);
        json.WriteEndArray();
    }

    /// <summary>A shape of at least 1 in every extent and of no more elements than the file has bytes.</summary>
    private static Shape ReadShape(JsonElement entry, int bytes)
    {
        int[] extents = [.. entry.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32())];
        var length = 1L;
        foreach (var extent in extents)
        {
            length *= extent;
            if (extent < 1 || length > bytes) throw new FormatException($"{Text(entry, "name")} has the shape [{string.Join(',', extents)}]");
        }

        return new Shape(extents);
    }

    private static Score ReadScore(JsonElement parent, string name)
    {
        var parts = parent.GetProperty(name);
        if (parts.GetArrayLength() != 4) throw new FormatException($"{name} has {parts.GetArrayLength()} parts, not 4");
        return new Score(parts[0].GetInt64(), parts[1].GetInt32(), parts[2].GetInt64(), parts[3].GetInt64());
    }

    private static EpochResult ReadResult(JsonElement entry)
    {
        if (!Ratio.TryParse(Text(entry, "eta"), out var eta)) throw new FormatException($"eta {Text(entry, "eta")} is not a ratio");
        return new EpochResult(Whole(entry, "epoch"), eta, ReadScore(entry, "train"), ReadScore(entry, "test"));
    }

    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static int Whole(JsonElement parent, string name)
    {
        var value = parent.GetProperty(name).GetInt32();
        return value >= 0 ? value : throw new FormatException($"{name} is {value}");
    }
}
