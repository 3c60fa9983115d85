using System.Text.Json;
using Wage.Data;

namespace Wage.Training;

/// <summary>The part of a checkpoint's header that says what the network was trained on; older files have none. It is never trusted.</summary>
internal static class CheckpointData
{
    private const int MostClasses = 256;
    private const int MostChannels = 1 << 10;

    public static void Write(Utf8JsonWriter json, DatasetDescription? data)
    {
        if (data is null) return;
        json.WriteStartObject("data");
        json.WriteNumber("height", data.Preparation.Height);
        json.WriteNumber("width", data.Preparation.Width);
        json.WriteNumber("channels", data.Preparation.Channels);
        json.WriteString("fit", data.Preparation.Fit.ToString());
        json.WriteStartArray("classes");
        foreach (var name in data.ClassNames) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <exception cref="FormatException">A field is missing or impossible.</exception>
    public static DatasetDescription? Read(JsonElement root)
    {
        if (!root.TryGetProperty("data", out var data)) return null;
        var (height, width, channels) = (Side(data, "height"), Side(data, "width"), CheckpointHeader.Whole(data, "channels"));
        if (channels is < 1 or > MostChannels) throw new FormatException($"data has {channels} channels");
        if ((long)height * width * channels > DataFile.LargestSize)
            throw new FormatException($"data has images of {height}x{width}x{channels}, more than {DataFile.LargestSize} bytes");
        var fit = CheckpointHeader.Text(data, "fit");
        foreach (var known in Enum.GetValues<ImageFit>())
        {
            if (known.ToString() == fit)
                return new DatasetDescription(new ImagePreparation(height, width, channels, known), Names(data));
        }

        throw new FormatException($"data has the fit {CheckpointHeader.Quoted(fit)}");
    }

    private static int Side(JsonElement data, string name)
    {
        var side = CheckpointHeader.Whole(data, name);
        return side is >= 1 and <= ImagePreparation.MostSide ? side : throw new FormatException($"data has the {name} {side}");
    }

    private static List<string> Names(JsonElement data)
    {
        List<string> names = [.. CheckpointHeader.Items(data, "classes", MostClasses).Select(name => name.Text("classes"))];
        try
        {
            if (names.Count < 2) throw new FormatException($"data has {names.Count} classes");
            ClassNames.Require("data", names, names.Count);
        }
        catch (WageException error)
        {
            throw new FormatException(error.Message.TrimEnd('.'), error);
        }

        return names;
    }
}
