namespace Wage.Data;

/// <summary>
/// The cropped digits of SVHN: X, uint8 [32,32,3,count], and y, uint8 [count,1], in which 10 stands for the digit 0. Netzer et al., "Reading digits
/// in natural
/// images with unsupervised feature learning", 2011.
/// </summary>
public static class SvhnFile
{
    private const int Side = 32;
    private const int Channels = 3;

    /// <summary>Reads a file into images [count,32,32,3] with the labels 0..9.</summary>
    /// <param name="path">train_32x32.mat or test_32x32.mat.</param>
    /// <exception cref="WageException">The file is not one of SVHN's, or is damaged.</exception>
    public static ImageSet Read(string path)
    {
        var arrays = MatFile.Read(path, "X", "y");
        var (x, y) = (arrays["X"], arrays["y"]);
        var count = x.Dimensions.Count == 4 ? x.Dimensions[3] : 0;
        if (count < 1 || x.Dimensions[0] != Side || x.Dimensions[1] != Side || x.Dimensions[2] != Channels)
            throw new WageException($"{path}: X is [{string.Join(',', x.Dimensions)}], but must be [{Side},{Side},{Channels},count].");
        if (y.Values.Length != count)
            throw new WageException($"{path}: y is [{string.Join(',', y.Dimensions)}], but X has {count} images.");
        var labels = new byte[count];
        for (var i = 0; i < count; i++)
        {
            if (y.Values[i] is < 1 or > 10) throw new WageException($"{path}: image {i} has the label {y.Values[i]}, but labels are 1 to 10.");
            labels[i] = (byte)(y.Values[i] % 10);
        }

        return new ImageSet(Interleaved(x.Values, count), labels, Side, Side, Channels);
    }

    /// <summary>From [row, column, channel, image] with the row fastest to [image, row, column, channel] with the channel fastest.</summary>
    private static byte[] Interleaved(byte[] source, int count)
    {
        const int size = Side * Side * Channels;
        var pixels = new byte[source.Length];
        for (var image = 0; image < count; image++)
        {
            var from = source.AsSpan(image * size, size);
            var to = pixels.AsSpan(image * size, size);
            for (var channel = 0; channel < Channels; channel++)
            {
                for (var column = 0; column < Side; column++)
                {
                    for (var row = 0; row < Side; row++)
                        to[(((row * Side) + column) * Channels) + channel] = from[(((channel * Side) + column) * Side) + row];
                }
            }
        }

        return pixels;
    }
}
