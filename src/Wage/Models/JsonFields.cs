using System.Text.Json;
using Wage.Training;

namespace Wage.Models;

/// <summary>Numbers and names in a file's header, which is never trusted.</summary>
internal static class JsonFields
{
    /// <summary>Whole numbers under names.</summary>
    public static void Write(Utf8JsonWriter json, string name, string[] names, params ReadOnlySpan<int> values)
    {
        json.WriteStartObject(name);
        for (var i = 0; i < names.Length; i++) json.WriteNumber(names[i], values[i]);
        json.WriteEndObject();
    }

    /// <summary>The same, in the order of their names.</summary>
    public static int[] Read(JsonElement parent, string name, string[] names)
    {
        var fields = CheckpointHeader.Field(parent, name);
        return Array.ConvertAll(names, field => CheckpointHeader.Field(fields, field).Int32(field));
    }

    /// <summary>A whole number of these.</summary>
    public static int Between(JsonElement parent, string name, int least, int most)
    {
        var value = CheckpointHeader.Field(parent, name).Int32(name);
        return value >= least && value <= most ? value : throw new FormatException($"{name} is {value}");
    }

    /// <summary>A value by its name, as it is spelt.</summary>
    public static T Named<T>(JsonElement parent, string name)
        where T : struct, Enum
    {
        var text = CheckpointHeader.Text(parent, name);
        foreach (var known in Enum.GetValues<T>())
            if (known.ToString() == text) return known;
        throw new FormatException($"{name} is {CheckpointHeader.Quoted(text)}");
    }

    /// <summary>What was read is possible.</summary>
    public static void Require(string name, bool isPossible, params int[] values)
    {
        if (!isPossible) throw new FormatException($"{name} has {string.Join(", ", values)}");
    }

    /// <inheritdoc cref="Require(string, bool, int[])"/>
    public static void Require(string name, bool isPossible, Enum value)
    {
        if (!isPossible) throw new FormatException($"{name} is {value}");
    }
}
