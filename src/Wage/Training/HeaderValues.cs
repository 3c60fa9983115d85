using System.Text.Json;

namespace Wage.Training;

/// <summary>Values of a file's header, which is never trusted: one of another type is refused by the field's name.</summary>
internal static class HeaderValues
{
    private const int LongestShown = 40;

    /// <summary>A whole number of 32 bits.</summary>
    public static int Int32(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Other(value, name, "a whole number of 32 bits");

    /// <summary>A whole number of 64 bits.</summary>
    public static long Int64(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Other(value, name, "a whole number of 64 bits");

    /// <summary>A whole number of 64 bits, at least 0.</summary>
    public static ulong UInt64(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number)
            ? number : throw Other(value, name, "a whole number of 64 bits without a sign");

    /// <summary>A text; not null.</summary>
    public static string Text(this JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => throw new FormatException($"{name} is null"),
        _ => throw Other(value, name, "a text"),
    };

    /// <summary>True or false.</summary>
    public static bool Boolean(this JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Other(value, name, "true or false");

    /// <summary>A list.</summary>
    public static JsonElement List(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Array ? value : throw Other(value, name, "a list");

    /// <summary>An object; of one of these the field.</summary>
    public static JsonElement Object(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object ? value : throw Other(value, name, "an object with names");

    private static FormatException Other(JsonElement value, string name, string expected)
    {
        var text = value.ValueKind == JsonValueKind.Object ? "an object" : value.ValueKind == JsonValueKind.Array ? "a list" : value.GetRawText();
        return new FormatException($"{name} is {OneLine.Cut(text, LongestShown)}, but must be {expected}");
    }
}
