using Wage.Data;

namespace Wage.Images;

/// <summary>Decodes and prepares many files at once; what comes out, a refusal too, does not depend on which is done first.</summary>
/// <param name="files">The files and their classes.</param>
/// <param name="options">What the images become.</param>
/// <param name="memory">What the pictures that are decoded at a time may take; null: 1 GiB, a picture that needs more alone.</param>
internal sealed class PictureReader(IReadOnlyList<(string Path, byte Label)> files, DatasetOptions options, MemoryBudget? memory = null)
{
    /// <summary>A file has at most 64 MiB, so that this many have at most 1 GiB.</summary>
    private const int MostFilesAtOnce = 16;

    private readonly MemoryBudget budget = memory ?? new MemoryBudget(1L << 30);

    /// <summary>The images of one size in the order of the files: gray where gray is asked for, or where nothing is and every picture is.</summary>
    /// <exception cref="WageException">A file is no picture, or of another size than the first where no size is named.</exception>
    public ImageSet Read()
    {
        var first = ImageFile.Open(files[0].Path).Decode() with { Pixels = [] };
        var preparation = options.PreparationOf(first.Height, first.Width, 3);
        DataFile.RequireSize(Path.GetDirectoryName(files[0].Path)!, files.Count, preparation.Height, preparation.Width, preparation.Channels);
        var size = preparation.Height * preparation.Width * preparation.Channels;
        var pixels = new byte[files.Count * size];
        var refusals = new WageException?[files.Count];
        var degree = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(Environment.ProcessorCount, MostFilesAtOnce) };
        Parallel.For(0, files.Count, degree, (i, state) =>
        {
            if (state.ShouldExitCurrentIteration && state.LowestBreakIteration < i) return;
            try
            {
                var file = ImageFile.Open(files[i].Path);
                budget.Use(file.Memory, () =>
                {
                    var picture = file.Decode();
                    if (options.Size is null && (picture.Height, picture.Width) != (first.Height, first.Width)) throw Differs(i, picture, first);
                    preparation.Apply(picture.Pixels, picture.Height, picture.Width, 3, pixels.AsSpan(i * size, size));
                });
            }
            catch (WageException refusal)
            {
                refusals[i] = refusal;
                state.Break();
            }
        });
        if (refusals.FirstOrDefault(refusal => refusal is not null) is { } told) throw told;
        byte[] labels = [.. files.Select(file => file.Label)];
        var set = new ImageSet(pixels, labels, preparation.Height, preparation.Width, preparation.Channels);
        return options.Channels is null && IsGray(pixels) ? (preparation with { Channels = 1 }).Apply(set) : set;
    }

    private WageException Differs(int i, Picture picture, Picture first) => new(
        $"{files[i].Path}: has {picture.Height}x{picture.Width} pixels (rows x columns), but {files[0].Path} has {first.Height}x{first.Width}.",
        $"set {Term.ImageSize} to HEIGHTxWIDTH, and {new Term(TermKind.ImageFit)} to crop, pad or stretch.");

    private static bool IsGray(ReadOnlySpan<byte> pixels)
    {
        for (var p = 0; p < pixels.Length; p += 3)
        {
            if (pixels[p] != pixels[p + 1] || pixels[p] != pixels[p + 2]) return false;
        }

        return true;
    }
}
