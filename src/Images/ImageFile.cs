using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;
using Wage.Data;
using Wage.Files;

namespace Wage.Images;

/// <summary>
/// A picture in a file, PNG, JPEG, BMP or GIF, known by its first bytes. Of a moving GIF the first picture is read; a photograph lies as its camera
/// says; what is transparent lies on black, p = (c a + 127) / 255. Files are not trusted: they are whole, of at most 64 MiB and 2^26 pixels, or
/// refused.
/// </summary>
public static class ImageFile
{
    /// <summary>The endings of names that pictures have.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".bmp", ".gif"];

    private const long MostBytes = 1L << 26;
    private const long MostPixels = 1L << 26;

    /// <summary>Deflate codes 1032 bytes in one at best, and a PNG has 8 pixels a byte at best; the other formats have fewer.</summary>
    private const long GreatestExpansion = 8 * 1032;

    private static readonly Configuration Decoders = Create();

    /// <summary>Reads a file as a network takes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="preparation">The network's size, channels and rules: those of the data set that it was trained on.</param>
    /// <returns>Height * Width * Channels bytes.</returns>
    /// <exception cref="WageException">The file is missing, too large, truncated, damaged or no picture; it is named.</exception>
    public static byte[] Read(string path, ImagePreparation preparation)
    {
        Require(path, preparation);
        return Read(path, BoundedFile.ReadAll(path, "picture", MostBytes), preparation);
    }

    /// <summary>The same of bytes in memory.</summary>
    /// <param name="name">What to call them in messages.</param>
    /// <param name="content">The content of a file.</param>
    /// <param name="preparation">See above.</param>
    public static byte[] Read(string name, byte[] content, ImagePreparation preparation)
    {
        ArgumentNullException.ThrowIfNull(content);
        Require(name, preparation);
        var picture = Open(name, content).Decode();
        var pixels = new byte[preparation.Height * preparation.Width * preparation.Channels];
        preparation.Apply(picture.Pixels, picture.Height, picture.Width, 3, pixels);
        return pixels;
    }

    /// <summary>A file whose structure and size are right, not yet decoded.</summary>
    internal static UndecodedPicture Open(string path) => Open(path, BoundedFile.ReadAll(path, "picture", MostBytes));

    private static UndecodedPicture Open(string name, byte[] content)
    {
        if (ImageStructure.FaultOf(content) is { } fault) throw new WageException($"{name}: {fault}.", "replace or remove the file.");
        try
        {
            using var head = new MemoryStream(content);
            var size = Image.Identify(Decoders, head, out IImageFormat? _);
            if (size is null) throw new WageException($"{name}: is no picture that can be read.");
            if ((long)size.Width * size.Height > GreatestExpansion * content.Length)
                throw new WageException($"{name}: claims {size.Width}x{size.Height} pixels, which {content.Length} bytes cannot hold.");
            if ((long)size.Width * size.Height > MostPixels)
                throw new WageException($"{name}: has {size.Width}x{size.Height} pixels; at most {MostPixels} are read.", "make it smaller.");
            return new UndecodedPicture(name, content, (long)size.Width * size.Height);
        }
        catch (Exception error) when (IsFault(error))
        {
            throw Damaged(name, error);
        }
    }

    /// <summary>The picture in color.</summary>
    internal static Picture Decode(UndecodedPicture file)
    {
        try
        {
            using var body = new MemoryStream(file.Content);
            using var image = Image.Load<Rgba32>(Decoders, body);
            image.Mutate(stored => stored.AutoOrient());
            return new Picture(Colors(image), image.Height, image.Width);
        }
        catch (Exception error) when (IsFault(error))
        {
            throw Damaged(file.Name, error);
        }
    }

    /// <summary>The decoder says with many kinds of exceptions that a file is not what it seems.</summary>
    private static bool IsFault(Exception error) => error is not (WageException or OutOfMemoryException);

    private static WageException Damaged(string name, Exception error) =>
        new($"{name}: is damaged ({OneLine.Quote(error.Message).TrimEnd('.')}).", "replace or remove the file.", error);

    private static void Require(string name, ImagePreparation preparation)
    {
        ArgumentNullException.ThrowIfNull(preparation);
        var (height, width, channels) = (preparation.Height, preparation.Width, preparation.Channels);
        if (height < 1 || width < 1) throw new WageException($"{name}: cannot become an image of {height}x{width}; both must be at least 1.");
        if (channels is not (1 or 3))
            throw new WageException($"{name}: is a picture, which cannot become an image of {channels} channels; gray has 1 and color 3.");
        DataFile.RequireSize(name, 1, height, width, channels);
    }

    private static byte[] Colors(Image<Rgba32> image)
    {
        var pixels = new byte[image.Width * image.Height * 3];
        image.ProcessPixelRows(rows =>
        {
            var at = 0;
            for (var y = 0; y < rows.Height; y++)
            {
                foreach (var pixel in rows.GetRowSpan(y))
                {
                    pixels[at++] = OnBlack(pixel.R, pixel.A);
                    pixels[at++] = OnBlack(pixel.G, pixel.A);
                    pixels[at++] = OnBlack(pixel.B, pixel.A);
                }
            }
        });
        return pixels;
    }

    private static byte OnBlack(byte color, byte alpha) => (byte)(((color * alpha) + 127) / 255);

    /// <summary>Four formats and no other, on the calling thread.</summary>
    private static Configuration Create()
    {
        var configuration = new Configuration(
            new PngConfigurationModule(), new JpegConfigurationModule(), new BmpConfigurationModule(), new GifConfigurationModule())
        {
            MaxDegreeOfParallelism = 1,
        };
        configuration.ImageFormatsManager.SetDecoder(PngFormat.Instance, new PngDecoder { IgnoreMetadata = true });
        configuration.ImageFormatsManager.SetDecoder(
            GifFormat.Instance, new GifDecoder { DecodingMode = FrameDecodingMode.First, IgnoreMetadata = true });
        return configuration;
    }
}

/// <summary>A file of a picture whose size is known and checked.</summary>
internal sealed record UndecodedPicture(string Name, byte[] Content, long Pixels)
{
    /// <summary>Red, green, blue and alpha as stored, the same upright, the colors, and the same as the preparation takes them.</summary>
    private const int BytesPerPixel = 4 + 4 + 3 + 3;

    /// <summary>The bytes that it takes in memory while it is decoded and prepared.</summary>
    public long Memory => Content.Length + (BytesPerPixel * Pixels);

    /// <summary>The picture in color.</summary>
    public Picture Decode() => ImageFile.Decode(this);
}

/// <summary>A decoded picture: red, green and blue of each pixel.</summary>
internal readonly record struct Picture(byte[] Pixels, int Height, int Width);
