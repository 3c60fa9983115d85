using System.Text.Json;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>The JSON header of a checkpoint: all its fields but the tensors' bytes. It is never trusted: every field is checked, alone and
/// against the others.</summary>
internal static class CheckpointHeader
{
    private const int MostTensors = 1 << 12;
    private const int MostRank = 8;
    private const int MostFiles = 16;
    private const int LongestName = 80;
    private const int MostTraits = 1 << 14;
    private const int LongestReason = 160;

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
            if (checkpoint.StepsPerEpoch is { } steps) json.WriteNumber("stepsPerEpoch", steps);
            CheckpointResults.WriteScore(json, "running", checkpoint.Running);
            CheckpointResults.WriteResult(json, "last", checkpoint.Last);
            CheckpointResults.WriteResult(json, "best", checkpoint.Best);
            json.WriteStartObject("beside");
            foreach (var (name, bytes) in checkpoint.Beside.OrderBy(file => file.Key, StringComparer.Ordinal)) json.WriteNumber(name, bytes);
            json.WriteEndObject();
            WriteModel(json, checkpoint.Model);
            if (checkpoint.Model?.Layers is { } layers) LayersJson.Write(json, "layers", layers);
            CheckpointData.Write(json, checkpoint.Data);
            WriteTensors(json, "weights", checkpoint.Weights);
            WriteTensors(json, "states", checkpoint.States);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>
    /// The checkpoint without the bytes of its tensors, whose sizes add up to the payload. Before version 3 it has no model and no states.
    /// </summary>
    /// <exception cref="WageException">A field is missing, of the wrong kind or impossible.</exception>
    public static Checkpoint Read(string path, byte[] header, long payload, uint version)
    {
        try
        {
            using var document = JsonDocument.Parse(header);
            var root = document.RootElement;
            var weights = ReadTensors(root, "weights", payload);
            var states = version < 3 ? [] : ReadStates(root, payload);
            var total = weights.Concat(states).Sum(tensor => tensor.Size);
            if (total != payload) throw new FormatException($"its tensors have {total} bytes, but {payload} follow");
            var (last, best) = root.TryGetProperty("history", out _) ? CheckpointResults.ReadHistory(root)
                : (CheckpointResults.ReadResult(root, "last"), CheckpointResults.ReadResult(root, "best"));
            var checkpoint = new Checkpoint(
                Text(root, "config"), Field(root, "seed").UInt64("seed"), Whole(root, "epoch"), Whole(root, "stepInEpoch"),
                CheckpointResults.ReadScore(root, "running"),
                last, best, weights)
            {
                StepsPerEpoch = root.TryGetProperty("stepsPerEpoch", out _) ? Whole(root, "stepsPerEpoch") : null,
                Beside = ReadFiles(root),
                Model = version < 3 ? null : ReadModel(root),
                States = states,
                Data = CheckpointData.Read(root),
            };
            RequireOrder(checkpoint);
            return checkpoint;
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            // The parser's own messages quote what stands before the fault.
            var why = OneLine.Cut(error.Message, LongestReason).TrimEnd('.');
            throw new WageException($"{path}: is not a checkpoint that this program can read ({why}).", null, error);
        }
    }

    /// <summary>The results agree with the position and with each other.</summary>
    private static void RequireOrder(Checkpoint checkpoint)
    {
        if (checkpoint.StepsPerEpoch is { } steps
            && (steps < 1 || checkpoint.StepInEpoch > steps || (checkpoint.Epoch * (long)steps) + checkpoint.StepInEpoch > 1L << 32))
            throw new FormatException($"it stands at step {checkpoint.StepInEpoch} of {steps} after {checkpoint.Epoch} epochs");
        var (epoch, last, best) = (checkpoint.Epoch, checkpoint.Last, checkpoint.Best);
        if (last is not { } end || best is not { } top)
        {
            if (epoch > 0 || last is not null || best is not null) throw new FormatException($"the results of epoch {epoch} are missing");
            return;
        }

        if (end.Epoch != epoch) throw new FormatException($"{epoch} epochs are done, but the last one is {end.Epoch}");
        if (top.Epoch < 1 || top.Epoch > epoch) throw new FormatException($"{epoch} epochs are done, but the best one is {top.Epoch}");
        if (top.Validation is null != end.Validation is null
            || (top.Epoch == epoch ? top != end : top.Chooser.Wrong > end.Chooser.Wrong || top.Chooser.Counted != end.Chooser.Counted))
            throw new FormatException($"the best epoch {top.Epoch} contradicts the last one");
    }

    /// <summary>The traits of the model, each name once, or null where nobody said.</summary>
    private static ModelIdentity? ReadModel(JsonElement root)
    {
        if (Field(root, "model").ValueKind == JsonValueKind.Null) return null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        return new ModelIdentity([.. Items(root, "model", MostTraits).Select(entry =>
        {
            var trait = new ModelTrait(Text(entry, "name"), Text(entry, "value"));
            if (trait.Name.Length is 0 or > ModelIdentity.LongestText || trait.Value.Length > ModelIdentity.LongestText || !names.Add(trait.Name))
                throw new FormatException($"model has {Quoted(trait.Name)} as {Quoted(trait.Value)}");
            return trait;
        })])
        {
            Layers = root.TryGetProperty("layers", out var layers) ? LayersJson.Read(layers) : null,
        };
    }

    internal static List<SavedTensor> ReadTensors(JsonElement root, string list, long payload) =>
        [.. Items(root, list, MostTensors).Select(entry => ReadTensor(entry, payload))];

    private static List<SavedTensor> ReadStates(JsonElement root, long payload)
    {
        var states = ReadTensors(root, "states", payload);
        return states.GroupBy(state => state.Name).FirstOrDefault(group => group.Skip(1).Any()) is { } twice
            ? throw new FormatException($"the state {Quoted(twice.Key)} is there twice") : states;
    }

    private static SavedTensor ReadTensor(JsonElement entry, long most)
    {
        var (name, type) = (Text(entry, "name"), Text(entry, "type"));
        if (name.Length is 0 or > LongestName) throw new FormatException($"a tensor has the name {Quoted(name)}");
        foreach (var known in Enum.GetValues<ElementType>())
        {
            if (known.ToString() == type) return new SavedTensor(name, known, ReadShape(entry, name, most), []);
        }

        throw new FormatException($"{Quoted(name)} has the type {Quoted(type)}");
    }

    /// <summary>A shape of at least 1 in every extent and of no more elements than the file has bytes.</summary>
    private static Shape ReadShape(JsonElement entry, string name, long most)
    {
        int[] extents = [.. Items(entry, "shape", MostRank).Select(extent => extent.Int32("shape"))];
        var length = 1L;
        foreach (var extent in extents)
        {
            length *= extent;
            if (extent < 1 || length > most) throw new FormatException($"{Quoted(name)} has the shape [{string.Join(',', extents)}]");
        }

        return new Shape(extents);
    }

    private static Dictionary<string, long> ReadFiles(JsonElement root)
    {
        var files = new Dictionary<string, long>(StringComparer.Ordinal);
        if (!root.TryGetProperty("beside", out var beside)) return files;
        foreach (var file in beside.Object("beside").EnumerateObject())
        {
            var bytes = file.Value.Int64("beside");
            if (file.Name.Length > LongestName || bytes < 0 || files.Count == MostFiles)
                throw new FormatException($"beside has the file {Quoted(file.Name)} of {bytes} bytes");
            files[file.Name] = bytes;
        }

        return files;
    }

    private static void WriteModel(Utf8JsonWriter json, ModelIdentity? model)
    {
        if (model is null)
        {
            json.WriteNull("model");
            return;
        }

        json.WriteStartArray("model");
        foreach (var (name, value, _, _) in model.Traits)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void WriteTensors(Utf8JsonWriter json, string list, IReadOnlyList<SavedTensor> tensors)
    {
        json.WriteStartArray(list);
        foreach (var tensor in tensors)
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
    }

    internal static JsonElement Field(JsonElement parent, string name) =>
        parent.Object($"what holds {name}").TryGetProperty(name, out var value) ? value : throw new FormatException($"{name} is missing");

    internal static List<JsonElement> Items(JsonElement parent, string name, int most)
    {
        var list = Field(parent, name).List(name);
        return list.GetArrayLength() <= most
            ? [.. list.EnumerateArray()] : throw new FormatException($"{name} has {list.GetArrayLength()} parts, more than {most}");
    }

    internal static string Text(JsonElement parent, string name) => Field(parent, name).Text(name);

    internal static int Whole(JsonElement parent, string name)
    {
        var value = Field(parent, name).Int32(name);
        return value >= 0 ? value : throw new FormatException($"{name} is {value}");
    }

    internal static string Quoted(string text) => $"'{OneLine.Quote(text)}'";
}
