using System.Globalization;
using System.Text.RegularExpressions;
using Wage.Data;
using Wage.Files;
using Wage.Images;

namespace Wage.Experiments.Runs;

/// <summary>An image that a run is asked about.</summary>
/// <param name="Name">As it was given: a path, "test:7", "images-idx3-ubyte:7".</param>
/// <param name="Pixels">As the model takes them; empty where it is refused.</param>
/// <param name="Label">Its class, where that is known.</param>
/// <param name="Refusal">Why it is left out; null: it is not.</param>
internal sealed record GivenImage(string Name, byte[] Pixels, int? Label = null, WageException? Refusal = null);

/// <summary>
/// The images of a command line: files of pictures; IDX files, or images of one by number, FILE:7 and FILE:0..9; numbers alone, images of the run's
/// own test set; and "-", a list of all these on standard input, one a line.
/// </summary>
internal sealed partial class GivenImages(SavedModel run, ImagePreparation preparation, string? dataFolder, TextReader input)
{
    private readonly Dictionary<string, ImageSet> sets = new(StringComparer.Ordinal);

    /// <summary>Reads them one by one. What is wrong with one does not keep the others from being read.</summary>
    public IEnumerable<GivenImage> Read(IEnumerable<string> given)
    {
        foreach (var one in given.SelectMany(one => one == "-" ? Lines() : [one]))
        {
            IEnumerable<GivenImage> images;
            try
            {
                images = Of(one);
            }
            catch (WageException refusal)
            {
                images = [new GivenImage(one, [], null, refusal)];
            }

            foreach (var image in images) yield return image;
        }
    }

    private IEnumerable<string> Lines()
    {
        while (input.ReadLine() is { } line)
        {
            if (line.Trim().Length > 0) yield return line.TrimEnd('\r');
        }
    }

    private IEnumerable<GivenImage> Of(string given)
    {
        if (Directory.Exists(given))
            throw new WageException(
                $"{OneLine.Of(given)}: is a folder, but must be a picture or an IDX file.",
                "name files, or pipe a list of them: `find FOLDER -name '*.png' | wage predict RUN -`.");
        if (File.Exists(given))
        {
            if (!IsIdx(given)) return [new GivenImage(given, ImageFile.Read(given, preparation))];
            var all = Set(given);
            return Some(given, given, all, 0, all.Count - 1, isLabelled: false);
        }

        if (Numbered().Match(given) is { Success: true } parts && (!parts.Groups["file"].Success || File.Exists(parts.Groups["file"].Value)))
        {
            var file = parts.Groups["file"];
            var set = file.Success ? Set(file.Value) : TestSet();
            var first = Number(parts.Groups["first"].Value);
            var last = parts.Groups["last"].Success ? Number(parts.Groups["last"].Value) : first;
            return Some(given, file.Success ? file.Value : "test", set, first, last, isLabelled: !file.Success);
        }

        return [new GivenImage(given, ImageFile.Read(given, preparation))];
    }

    private IEnumerable<GivenImage> Some(string given, string name, ImageSet set, int? first, int? last, bool isLabelled)
    {
        if (first > last) throw new WageException($"{OneLine.Quote(given)}: ends before it begins.", "a range is FROM..TO, such as 0..9.");
        if (last is not { } end || first is not { } begin || end >= set.Count)
            throw new WageException($"{OneLine.Quote(given)}: {(isLabelled ? "the test set" : "the file")} has the images 0 to {set.Count - 1}.");
        return Enumerable.Range(begin, end - begin + 1).Select(i => One(set, $"{name}:{i.ToString(CultureInfo.InvariantCulture)}", i, isLabelled));
    }

    private GivenImage One(ImageSet set, string name, int index, bool isLabelled)
    {
        var (size, pixels) = (set.Height * set.Width * set.Channels, new byte[preparation.Height * preparation.Width * preparation.Channels]);
        preparation.Apply(set.Pixels.AsSpan(index * size, size), set.Height, set.Width, set.Channels, pixels);
        return new GivenImage(name, pixels, isLabelled ? set.Labels[index] : null);
    }

    private ImageSet Set(string path) => sets.TryGetValue(path, out var known) ? known : sets[path] = Convertible(path, IdxFile.ReadImages(path));

    /// <summary>One image is converted, so that a file of other channels is refused as a whole.</summary>
    private ImageSet Convertible(string path, ImageSet set)
    {
        try
        {
            _ = One(set, path, 0, false);
            return set;
        }
        catch (WageException error)
        {
            throw new WageException($"{path}: {error.Text}", null, error);
        }
    }

    private ImageSet TestSet()
    {
        if (sets.TryGetValue(string.Empty, out var known)) return known;
        var data = DataPlace.OfRun(run, dataFolder);
        return sets[string.Empty] = Convertible(data.Name, data.Test);
    }

    /// <summary>By its first bytes, or, packed, by its name.</summary>
    private static bool IsIdx(string path)
    {
        if (path.EndsWith(".gz", StringComparison.Ordinal)) return true;
        using var stream = BoundedFile.Open(path, "picture", long.MaxValue);
        Span<byte> mark = stackalloc byte[3];
        return stream.ReadAtLeast(mark, 3, throwOnEndOfStream: false) == 3 && mark.SequenceEqual<byte>([0, 0, 8]);
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^((?<file>.+):)?(?<first>[0-9]+)(\.\.(?<last>[0-9]+))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Numbered();
}
