using System.Text.Json;
using Wage.Training;

namespace Wage.Models;

/// <summary>Where the model of a file comes from, beside its configuration, which has the recipe and the seed.</summary>
/// <param name="WeightsSha256">Of the trained weights behind the plan: 64 hexadecimal digits, <see cref="ITrainable.WeightsSha256"/>.</param>
/// <param name="Commit">The commit of the sources that the training began in: up to 64 hexadecimal digits; empty where nobody says.</param>
/// <param name="Epoch">Finished epochs.</param>
public sealed record ModelOrigin(string WeightsSha256, string Commit, int Epoch)
{
    private const string Field = "origin";
    private const int HashDigits = 64;

    /// <summary>Writes it; nothing where it is not known.</summary>
    internal static void Write(Utf8JsonWriter json, ModelOrigin? origin)
    {
        if (origin is null) return;
        json.WriteStartObject(Field);
        json.WriteString("weights", origin.WeightsSha256);
        json.WriteString("commit", origin.Commit);
        json.WriteNumber("epoch", origin.Epoch);
        json.WriteEndObject();
    }

    /// <summary>What a header says; null where it says nothing.</summary>
    internal static ModelOrigin? Read(JsonElement root)
    {
        if (!root.TryGetProperty(Field, out var field)) return null;
        var origin = new ModelOrigin(
            CheckpointHeader.Text(field, "weights"), CheckpointHeader.Text(field, "commit"), JsonFields.Between(field, "epoch", 0, int.MaxValue));
        if (origin.WeightsSha256.Length != HashDigits || !IsHash(origin.WeightsSha256) || origin.Commit.Length > HashDigits || !IsHash(origin.Commit))
            throw new FormatException($"{Field} has {CheckpointHeader.Quoted(origin.WeightsSha256)} and {CheckpointHeader.Quoted(origin.Commit)}");
        return origin;
    }

    private static bool IsHash(string text) => text.All(char.IsAsciiHexDigitLower);
}
