using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Files;

namespace Wage.Experiments.Runs;

/// <summary>notes.json: what people say about a run. Nothing that trains reads it.</summary>
/// <param name="Tags">Words, each once, in ordinal order.</param>
/// <param name="Note">One line, or an empty text.</param>
internal sealed record RunNotes(IReadOnlyList<string> Tags, string Note)
{
    private const int MostTags = 50;
    private const int LongestTag = 40;
    private const int LongestNote = 1000;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The file that is there and cannot be read; null: it could.</summary>
    public string? Damaged { get; init; }

    /// <summary>The note as it is shown.</summary>
    public string Shown => Damaged is null ? Note : "(notes.json is unreadable)";

    /// <summary>Nothing said.</summary>
    public static RunNotes None { get; } = new([], string.Empty);

    /// <summary>The file's content; what breaks the rules is left out.</summary>
    public static RunNotes Read(string path)
    {
        if (SmallJson.IsDamaged(path)) return None with { Damaged = path };
        var root = SmallJson.Read(path);
        var note = OneLine.Of(SmallJson.Text(root, "note") ?? string.Empty);
        return new RunNotes(Sorted(SmallJson.Texts(root, "tags").Where(IsTag)), OneLine.Cut(note, LongestNote));
    }

    /// <summary>With these tags added and taken away.</summary>
    /// <exception cref="WageException">
    /// The file is unreadable, a tag is not a word of at most 40 letters, digits, '-', '_', '.' and ':', or there are more than 50.
    /// </exception>
    public RunNotes Tagged(IReadOnlyList<string> add, IReadOnlyList<string> remove)
    {
        RequireReadable();
        foreach (var tag in add)
        {
            if (!IsTag(tag))
                throw new WageException(
                    $"tag '{OneLine.Quote(tag)}'{OneLine.Unseen(tag)}: must be 1 to {LongestTag} letters, digits, '-', '_', '.' and ':', " +
                    "not beginning with '-'.");
        }

        var tags = Sorted(Tags.Concat(add).Except(remove, StringComparer.Ordinal));
        return tags.Count <= MostTags
            ? this with { Tags = tags } : throw new WageException($"tags: would be {tags.Count}, but a run has at most {MostTags}.");
    }

    /// <summary>With this note instead.</summary>
    /// <exception cref="WageException">The file is unreadable, or it has a line break or more than 1000 characters.</exception>
    public RunNotes Noted(string note)
    {
        RequireReadable();
        var fits = note.Length <= LongestNote && OneLine.IsOne(note);
        return fits ? this with { Note = note } : throw new WageException(
            $"note '{OneLine.Quote(note)}'{OneLine.Unseen(note)}: must be one line of at most {LongestNote} characters, " +
            "without tabs and line breaks.");
    }

    /// <summary>Writes the file, or removes it when nothing is said.</summary>
    public void Write(string path)
    {
        if (Tags.Count == 0 && Note.Length == 0)
        {
            File.Delete(path);
            return;
        }

        var json = new JsonObject { ["tags"] = new JsonArray([.. Tags.Select(tag => JsonValue.Create(tag))]), ["note"] = Note };
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(json.ToJsonString(Indented) + "\n"));
    }

    private void RequireReadable()
    {
        if (Damaged is not null) throw new WageException($"{Damaged}: is unreadable, so it is not changed.", "repair it, or remove it.");
    }

    private static bool IsTag(string tag) =>
        tag.Length is > 0 and <= LongestTag && tag[0] != '-' && tag.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or ':');

    private static List<string> Sorted(IEnumerable<string> tags) => [.. tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
