using Wage.Files;

namespace Wage.Data;

/// <summary>A data file opened for reading, plain or gzip; never gives more than was asked, and turns every fault into one line.</summary>
internal sealed class DataFile : IDisposable
{
    /// <summary>The most bytes of pixels a data set may declare: 1 GiB.</summary>
    internal const long LargestSize = 1L << 30;

    /// <summary>Deflate codes 258 bytes in 2 bits at best, so no gzip file holds more than 1032 times its own length.</summary>
    private const long GreatestExpansion = 1032;

    /// <summary>More than images of digits and clothes expand.</summary>
    private const long UsualExpansion = 8;

    /// <summary>The pixels with room for headers and labels.</summary>
    private const long LargestFile = LargestSize + (LargestSize >> 4);

    private const string Again = "fetch or copy the file again.";

    private readonly FileStream file;
    private readonly Stream content;
    private readonly bool compressed;

    private DataFile(string path, FileStream file, bool gzip)
    {
        (Path, this.file) = (path, file);
        compressed = gzip && file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        content = compressed ? new GzipContent(file) : file;
    }

    /// <summary>The file's path as it was given.</summary>
    internal string Path { get; }

    /// <summary>The bytes on disk.</summary>
    internal long Length => file.Length;

    /// <summary>Opens a file. If <paramref name="gzip"/> is allowed it is known by its first bytes, 1F 8B, whatever the name.</summary>
    /// <exception cref="WageException">The file is missing, may not be read, is empty, no regular file, or longer than any data set.</exception>
    internal static DataFile Open(string path, bool gzip)
    {
        var file = BoundedFile.Open(path, "file", LargestFile);
        try
        {
            return new DataFile(path, file, gzip);
        }
        catch (Exception fault)
        {
            file.Dispose();
            if (fault is IOException) throw Unreadable(path, fault);
            throw;
        }
    }

    /// <summary>Fills <paramref name="bytes"/> with what comes next.</summary>
    /// <param name="bytes">The destination.</param>
    /// <param name="what">What it is, for the error: "its header of 16 bytes".</param>
    /// <exception cref="WageException">The content ends before, or the gzip stream is damaged.</exception>
    internal void Read(Span<byte> bytes, string what)
    {
        if (Fill(bytes) < bytes.Length) throw new WageException($"{Path}: is truncated: it ends inside {what}.");
    }

    /// <summary>The <paramref name="size"/> bytes that follow, which must be all; memory is taken only if the file can hold them.</summary>
    /// <param name="size">The bytes that the header declares, checked against <see cref="LargestSize"/> by the caller.</param>
    /// <param name="headerSize">The bytes of the header before them.</param>
    /// <exception cref="WageException">The file holds fewer or more bytes, or the gzip stream is damaged.</exception>
    internal byte[] ReadRest(int size, int headerSize)
    {
        var most = compressed ? file.Length * GreatestExpansion : file.Length;
        if (most < (long)size + headerSize) throw Truncated(size, compressed ? null : file.Length - headerSize);
        var bytes = GrowingArray.Read(size, compressed ? file.Length * UsualExpansion : size, Fill);
        if (bytes.Length < size) throw Truncated(size, bytes.Length);
        Span<byte> more = stackalloc byte[1];
        if (Fill(more) != 0) throw new WageException($"{Path}: goes on after the {size} bytes of data that its header declares.");
        return bytes;
    }

    /// <summary>The next <paramref name="size"/> bytes as a stream that ends there; they must be there.</summary>
    internal FilePart Part(long size) => new(content, size);

    /// <inheritdoc/>
    public void Dispose()
    {
        content.Dispose();
        file.Dispose();
    }

    /// <summary>Refuses pixels beyond <see cref="LargestSize"/>.</summary>
    /// <exception cref="WageException">They are.</exception>
    internal static void RequireSize(string owner, long count, int height, int width, int channels)
    {
        if ((Int128)count * height * width * channels > LargestSize)
            throw new WageException(
                $"{owner}: {count} images of {height}x{width}x{channels} have more than {LargestSize} bytes (1 GiB), which is the most that is read.",
                $"take fewer images or a smaller {Term.ImageSize}.");
    }

    private static WageException Unreadable(string path, Exception fault) =>
        new($"{path}: cannot be read: {fault.Message.ReplaceLineEndings(" ")}", inner: fault);

    private WageException Truncated(int size, long? present) => new(
        $"{Path}: is truncated: its header declares {size} bytes of data, but " +
        (present is null ? $"{file.Length} compressed bytes cannot hold them." : $"{present} follow."));

    private int Fill(Span<byte> buffer)
    {
        try
        {
            return content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException fault)
        {
            throw new WageException($"{Path}: its gzip stream is damaged or truncated.", Again, fault);
        }
        catch (IOException fault)
        {
            throw Unreadable(Path, fault);
        }
    }
}
