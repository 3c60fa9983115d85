using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;
using Wage.Data;
using Wage.Tests.Data;

namespace Wage.Tests.Images;

/// <summary>Pictures that tests write.</summary>
internal static class PictureFiles
{
    /// <summary>The names of the classes of <see cref="WriteDigits"/>.</summary>
    public static readonly string[] DigitNames = ["one", "three", "two", "zero"];

    /// <summary>A file of these pixels, red, green and blue of each.</summary>
    public static byte[] File(string format, byte[] colors, int height, int width)
    {
        using var image = Image.LoadPixelData<Rgb24>(colors, width, height);
        using var bytes = new MemoryStream();
        image.Save(bytes, Encoder(format));
        return bytes.ToArray();
    }

    /// <summary>Four classes of synthetic digits as PNG files of 20x14 pixels, so many of each.</summary>
    /// <param name="scratch">Where it is written.</param>
    /// <param name="folder">Where their folders go: folder/zero/000.png, ...</param>
    /// <param name="each">Pictures of a class.</param>
    public static void WriteDigits(Scratch scratch, string folder, int each)
    {
        var digits = SyntheticDigits.Create(7, 10 * each, 1).Train;
        var small = new ImagePreparation(20, 14, 3, ImageFit.Stretch).Apply(digits);
        string[] names = ["zero", "one", "two", "three"];
        var counts = new int[names.Length];
        for (var i = 0; i < small.Count; i++)
        {
            var label = small.Labels[i];
            if (label >= names.Length) continue;
            scratch.Write($"{folder}/{names[label]}/{counts[label]++:000}.png", File("png", small.Pixels.AsSpan(i * 840, 840).ToArray(), 20, 14));
        }
    }

    private static IImageEncoder Encoder(string format) => format switch
    {
        "png" => new PngEncoder(),
        "jpg" => new JpegEncoder { Quality = 95 },
        "bmp" => new BmpEncoder(),
        "gif" => new GifEncoder(),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };
}
