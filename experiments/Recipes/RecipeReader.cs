using System.Globalization;
using Wage.Files;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Wage.Experiments.Recipes;

/// <summary>
/// Reads a recipe's YAML, event by event: nested mappings become dotted keys (those of <see cref="RecipeKeys.Joined"/> one name). Files are not
/// trusted, so size and depth are bounded, and anchors, aliases and duplicate keys are refused.
/// </summary>
internal sealed class RecipeReader
{
    private const int MostBytes = 1 << 16;
    private const int MostDepth = 4;
    private const int MostLayerDepth = 24;
    private readonly IParser parser;
    private readonly string source;
    private readonly List<GivenValue> values = [];
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    private RecipeReader(string source, string text) => (this.source, parser) = (source, new Parser(new StringReader(text)));

    /// <summary>Reads a file.</summary>
    /// <exception cref="WageException">The file is missing, too large, not UTF-8, empty, or not a recipe; the place is named.</exception>
    public static IReadOnlyList<GivenValue> ReadFile(string path)
    {
        var values = ReadText(path, BoundedFile.ReadText(path, "recipe", MostBytes));
        return values.Count > 0 ? values : throw new WageException(
            $"{path}: sets no key, so there is nothing to train.", "for example data: { set: digits }; `wage show --keys` lists the keys.");
    }

    /// <summary>Reads YAML text.</summary>
    /// <param name="source">What to call the text in messages.</param>
    /// <param name="text">The YAML.</param>
    /// <exception cref="WageException">The text is not a recipe; the place is named.</exception>
    public static IReadOnlyList<GivenValue> ReadText(string source, string text)
    {
        if (text.Length > MostBytes) throw new WageException($"{source}: has {text.Length} characters; of a recipe at most {MostBytes} are read.");
        var reader = new RecipeReader(source, text);
        try
        {
            reader.Document();
        }
        catch (YamlException error)
        {
            throw new WageException($"{source}:{error.Start.Line}: is not YAML ({OneLine.Quote(error.Message).TrimEnd('.')}).", null, error);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException or FormatException)
        {
            throw new WageException($"{source}: is not YAML ({OneLine.Quote(error.Message).TrimEnd('.')}).", null, error);
        }

        return reader.values;
    }

    private void Document()
    {
        Next<StreamStart>("the beginning");
        if (Peek() is StreamEnd) return;
        Next<DocumentStart>("a document");
        if (Peek() is MappingStart) Mapping(string.Empty, 1);
        else if (Peek() is Scalar { Value: "", Style: ScalarStyle.Plain }) Next<Scalar>("a mapping");
        else throw Error("a recipe is a mapping of keys to values", hint: "write `key: value` lines, as `wage show RECIPE --resolved` prints them.");
        Next<DocumentEnd>("the end of the document");
        if (Peek() is not StreamEnd) throw Error("a recipe is one document");
    }

    private void Mapping(string prefix, int depth)
    {
        if (depth > MostDepth) throw Error($"mappings are nested deeper than {MostDepth}");
        Next<MappingStart>("a mapping");
        while (Peek() is not MappingEnd)
        {
            var (line, name) = (Line, RecipeKeys.Joined(prefix + Next<Scalar>("a key").Value));
            if (!seen.Add(name)) throw Error($"the key '{OneLine.Quote(name)}' is there twice", line, "keep one of them.");
            if (name == ModelLayers.Key) Layers(line);
            else if (Peek() is MappingStart && RecipeKeys.Find(name)?.Kind != ValueKind.Schedule) Mapping(name + ".", depth + 1);
            else values.Add(new GivenValue(name, Value(), Place(line)));
        }

        Next<MappingEnd>("the end of the mapping");
    }

    private void Layers(long line)
    {
        var layers = Node(1);
        values.Add(new GivenValue(ModelLayers.Key, layers.ToString(), Place(line)) { Layers = layers });
    }

    /// <summary>Whatever stands here, with its lines.</summary>
    private YamlNode Node(int depth)
    {
        if (depth > MostLayerDepth) throw Error($"layers are nested deeper than {MostLayerDepth}");
        var line = Line;
        if (Peek() is SequenceStart)
        {
            Next<SequenceStart>("a list");
            var items = new List<YamlNode>();
            while (Peek() is not SequenceEnd) items.Add(Node(depth + 1));
            Next<SequenceEnd>("the end of the list");
            return new YamlNode(Place(line)) { Items = items };
        }

        if (Peek() is not MappingStart) return new YamlNode(Place(line)) { Scalar = Next<Scalar>("a value").Value };
        Next<MappingStart>("a mapping");
        var pairs = new List<(string Key, YamlNode Value)>();
        while (Peek() is not MappingEnd)
        {
            var (at, key) = (Line, Next<Scalar>("a key").Value);
            if (pairs.Exists(pair => pair.Key == key)) throw Error($"the key '{OneLine.Quote(key)}' is there twice", at, "keep one of them.");
            pairs.Add((key, Node(depth + 1)));
        }

        Next<MappingEnd>("the end of the mapping");
        return new YamlNode(Place(line)) { Pairs = pairs };
    }

    /// <summary>A scalar; or a list or a mapping of scalars, as "a, b" and "k: a, l: b".</summary>
    private string Value()
    {
        switch (Peek())
        {
            case MappingStart:
                return Pairs();
            case SequenceStart:
                Next<SequenceStart>("a list");
                var items = new List<string>();
                while (Peek() is not SequenceEnd) items.Add(Peek() is MappingStart ? Pairs() : Next<Scalar>("a value").Value);
                Next<SequenceEnd>("the end of the list");
                return string.Join(", ", items);
            default:
                return Next<Scalar>("a value").Value;
        }
    }

    private string Pairs()
    {
        var pairs = new List<string>();
        Next<MappingStart>("a mapping");
        while (Peek() is not MappingEnd)
        {
            var key = Next<Scalar>("a key").Value;
            pairs.Add($"{key}: {Next<Scalar>("a value").Value}");
        }

        Next<MappingEnd>("the end of the mapping");
        return string.Join(", ", pairs);
    }

    private long Line => Peek().Start.Line;

    private ParsingEvent Peek()
    {
        while (parser.Current is null or Comment)
        {
            if (!parser.MoveNext()) throw Error("it ends too early", 0);
        }

        if (parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
            throw Error("anchors and aliases are not part of a recipe", parser.Current.Start.Line);
        return parser.Current;
    }

    private T Next<T>(string what)
        where T : ParsingEvent
    {
        if (Peek() is not T current) throw Error($"{what} is expected here");
        parser.MoveNext();
        return current;
    }

    private WageException Error(string rule, long? line = null, string? hint = null) => new($"{Place(line ?? Line)}: {rule}.", hint);

    /// <summary>An option of the command line has no lines.</summary>
    private string Place(long line) => source.StartsWith('-') ? source : string.Create(CultureInfo.InvariantCulture, $"{source}:{line}");
}
