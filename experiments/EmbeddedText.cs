using System.Reflection;

namespace Wage.Experiments;

/// <summary>The files that come inside the console: recipes, recorded results, the report's style and script.</summary>
internal static class EmbeddedText
{
    /// <summary>The text of a file, or null when there is none of this name.</summary>
    public static string? Find(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
