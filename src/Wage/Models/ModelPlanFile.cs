using System.Runtime.InteropServices;
using System.Text.Json;
using Wage.Data;
using Wage.Files;
using Wage.Numbers;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Models;

/// <summary>
/// A model as one file, which needs nothing beside it: the plan with its constants, the value of each pixel, how any image becomes one of the model's
/// and what its classes are called. It is written whole or not at all, and never trusted when it is read: its checksum, then every field, alone and
/// against the others, then every bound, proved again.
/// </summary>
/// <param name="Plan">The model: of the library's operations and stages, each with its rounding.</param>
/// <param name="Data">What it was trained on.</param>
public sealed record ModelPlanFile(ModelPlan Plan, DatasetDescription Data)
{
    /// <summary>How such files are called: "lenet.wplan".</summary>
    public const string Extension = ".wplan";

    private const int MostConfig = 1 << 18;
    private const int LongestReason = 200;
    private const int MostInByte = 8;
    private static readonly SealedFile Form = new("model", "PLAN", 2, "write it again: it is made of a checkpoint.");

    /// <summary>The configuration of the run that it comes from, or nothing.</summary>
    public string Config { get; init; } = string.Empty;

    /// <summary>Where it comes from; null where nobody says.</summary>
    public ModelOrigin? Origin { get; init; }

    /// <summary>A name for each score: its number where the classes have none.</summary>
    internal IReadOnlyList<string> ScoreNames => Predictor.NamesOf(Data.ClassNames, Plan.Classes);

    /// <summary>Whether a file begins as a model's; false where it cannot be read.</summary>
    public static bool Begins(string path) => Form.Begins(path);

    /// <summary>Writes the file whole or not at all.</summary>
    /// <exception cref="WageException">An operation or a stage is somebody's own, or the file cannot be written; the old one stands.</exception>
    public void Write(string path)
    {
        var header = RequireBounds(path);
        Form.Write(path, header, Payload, put =>
        {
            put(MemoryMarshal.AsBytes(Plan.Pixels));
            foreach (var constant in Plan.Constants) put(constant.Stored);
        });
    }

    /// <summary>Refuses a plan of which a file could not be read again: every field and every bound is proved as a file's.</summary>
    /// <returns>The header.</returns>
    /// <exception cref="WageException">
    /// An operation or a stage is somebody's own, or a claim does not hold; <paramref name="name"/> is named.
    /// </exception>
    internal byte[] RequireBounds(string name)
    {
        var (header, part) = (Header(), 0);
        _ = Read(name, header, Payload, _ => Part(part++));
        return header;

        byte[] Part(int number) => number == 0 ? MemoryMarshal.AsBytes(Plan.Pixels).ToArray() : Plan.Constants[number - 1].Stored.ToArray();
    }

    private long Payload => Plan.Pixels.Length + Plan.Constants.Sum(constant => (long)constant.Stored.Length);

    /// <summary>Reads and verifies a file.</summary>
    /// <exception cref="WageException">
    /// The file is missing, foreign, of another version, truncated, damaged, or its fields contradict each other; it is named.
    /// </exception>
    public static ModelPlanFile Read(string path) => Form.Read(path, content => Read(path, content.Header, content.Payload, content.Next));

    private byte[] Header()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("config", Config);
            ModelOrigin.Write(json, Origin);
            json.WriteString("input", Plan.Input?.ToString());
            CheckpointData.Write(json, Data);
            json.WriteStartArray("nodes");
            foreach (var node in Plan.Nodes) NodeJson.Write(json, node);
            json.WriteEndArray();
            CheckpointHeader.WriteTensors(json, "constants", [.. Plan.Constants.Select(one => new SavedTensor(one.Name, one.Type, one.Shape, []))]);
            WriteNumbers(json, "bits", constant => constant.Bits);
            WriteNumbers(json, "shifts", constant => constant.PackedShift);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private void WriteNumbers(Utf8JsonWriter json, string name, Func<PlanTensor, int> number)
    {
        json.WriteStartArray(name);
        foreach (var constant in Plan.Constants) json.WriteNumberValue(number(constant));
        json.WriteEndArray();
    }

    private static ModelPlanFile Read(string path, byte[] header, long payload, Func<long, byte[]> next)
    {
        try
        {
            using var document = JsonDocument.Parse(header);
            var root = document.RootElement;
            var (config, tensors) = (CheckpointHeader.Text(root, "config"), CheckpointHeader.ReadTensors(root, "constants", payload * MostInByte));
            if (config.Length > MostConfig) throw new FormatException($"config has {config.Length} characters");
            var packing = ReadPacking(root, tensors);
            var total = PixelTable.Entries + tensors.Zip(packing).Sum(one => PlanTensor.StoredBytes(one.First.Shape, one.Second.Bits));
            if (total != payload) throw new FormatException($"its pixels and constants have {total} bytes, but {payload} follow");
            var data = CheckpointData.Read(root) ?? throw new FormatException("data is missing");
            InputRange? input = CheckpointHeader.Field(root, "input").ValueKind == JsonValueKind.Null
                ? null : JsonFields.Named<InputRange>(root, "input");
            var pixels = MemoryMarshal.Cast<byte, sbyte>(next(PixelTable.Entries)).ToArray();
            var constants = tensors.Zip(packing, (tensor, of) => Filled(tensor, of, next(PlanTensor.StoredBytes(tensor.Shape, of.Bits))));
            var plan = NodeJson.Read(root, [.. constants], input, pixels);
            var image = data.Preparation;
            if (!image.Keeps(plan.Image[1], plan.Image[2], plan.Image[3]) || data.ClassNames.Count > plan.Classes)
                throw new FormatException(
                    $"its data, {image.Height}x{image.Width}x{image.Channels}, {data.ClassNames.Count} classes, are not its model's");
            return new ModelPlanFile(plan, data) { Config = config, Origin = ModelOrigin.Read(root) };
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException or WageException
            or OverflowException)
        {
            var why = OneLine.Cut(error.Message, LongestReason).TrimEnd('.');
            throw new WageException($"{path}: is not a model that this program can read ({why}).", null, error);
        }
    }

    /// <summary>How the elements of each constant are stored; in version 1 nothing is packed.</summary>
    private static List<(int Bits, int Shift)> ReadPacking(JsonElement root, IReadOnlyList<SavedTensor> tensors)
    {
        if (!root.TryGetProperty("bits", out var list)) return [.. tensors.Select(tensor => (8 * tensor.Type.Size(), 0))];
        List<(int Bits, int Shift)> packing =
        [
            .. list.List("bits").EnumerateArray().Zip(
                CheckpointHeader.Field(root, "shifts").List("shifts").EnumerateArray(), (bits, shift) => (bits.Int32("bits"), shift.Int32("shifts"))),
        ];
        if (packing.Count != tensors.Count)
            throw new FormatException($"the packing of {packing.Count} constants is there, but {tensors.Count} constants");
        foreach (var (tensor, (bits, shift)) in tensors.Zip(packing))
        {
            var isPacked = tensor.Type == ElementType.Int8 && bits is (1 or 2 or 4) && shift >= 0 && shift <= SignedCodes.MostShift(bits);
            if (!isPacked && (bits, shift) != (8 * tensor.Type.Size(), 0))
                throw new FormatException($"{CheckpointHeader.Quoted(tensor.Name)} is {tensor.Type} of {bits} bits and the shift {shift}");
        }

        return packing;
    }

    private static (string Name, HostTensor Values) Filled(SavedTensor tensor, (int Bits, int Shift) packing, byte[] bytes)
    {
        if (tensor.Type == ElementType.Float32) throw new FormatException($"{CheckpointHeader.Quoted(tensor.Name)} is of floats");
        var values = HostTensor.Create(tensor.Type, tensor.Shape);
        if (packing.Bits < MostInByte) bytes = PlanTensor.Unpack(bytes, packing.Bits, packing.Shift, tensor.Shape);
        bytes.CopyTo(values.Bytes);
        return (tensor.Name, values);
    }
}
