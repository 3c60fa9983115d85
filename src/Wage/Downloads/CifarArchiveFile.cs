using System.Formats.Tar;
using System.IO.Compression;
using Wage.Data;

namespace Wage.Downloads;

/// <summary>CIFAR-10's archive: takes out the six batches by name and size and writes nothing else, wherever its entries point.</summary>
internal static class CifarArchiveFile
{
    /// <summary>Bytes of a batch: 10,000 records of 3073.</summary>
    internal const int BatchSize = 10_000 * 3073;

    private const string InnerFolder = "cifar-10-batches-bin/";
    private const int MostEntries = 64;

    private static readonly string[] Batches =
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"];

    /// <summary>Writes the batches into <paramref name="folder"/>, each whole or not at all.</summary>
    /// <param name="archive">The .tar.gz.</param>
    /// <param name="folder">Where the batches go.</param>
    /// <param name="batchSize">The bytes that each batch must have.</param>
    /// <param name="token">Stops between and within files.</param>
    /// <exception cref="WageException">The archive is damaged, or a batch is missing or of another size.</exception>
    internal static void Unpack(string archive, string folder, int batchSize, CancellationToken token)
    {
        try
        {
            using var file = new FileStream(archive, FileMode.Open, FileAccess.Read, FileShare.Read);
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            using var bounded = new BoundedStream(gzip, archive, ((long)batchSize * Batches.Length) + (1 << 20), token);
            using var tar = new TarReader(bounded);
            var missing = new List<string>(Batches);
            for (var entries = 0; missing.Count > 0 && entries < MostEntries && tar.GetNextEntry() is { } entry; entries++)
            {
                var name = entry.Name.StartsWith(InnerFolder, StringComparison.Ordinal) ? entry.Name[InnerFolder.Length..] : "";
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !missing.Remove(name)) continue;
                if (entry.Length != batchSize)
                    throw new WageException($"{archive}: its {name} has {entry.Length} bytes, but must have {batchSize}.");
                Write(entry.DataStream!, batchSize, Path.Combine(folder, name));
            }

            if (missing.Count > 0) throw new WageException($"{archive}: has no {InnerFolder}{missing[0]}.");
        }
        catch (Exception fault)
            when (fault is InvalidDataException or EndOfStreamException or FormatException or OverflowException or ArgumentException)
        {
            throw new WageException($"{archive}: is damaged or no .tar.gz file.", "remove it and fetch it again.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new WageException($"{archive}: cannot be unpacked into {folder}: {fault.Message.ReplaceLineEndings(" ")}", inner: fault);
        }
    }

    private static void Write(Stream data, int size, string path)
    {
        var part = path + ".part";
        try
        {
            using (var output = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                var bytes = new byte[1 << 16];
                for (var left = size; left > 0;)
                {
                    var count = Math.Min(left, bytes.Length);
                    data.ReadExactly(bytes, 0, count);
                    output.Write(bytes, 0, count);
                    left -= count;
                }

                output.Flush(flushToDisk: true);
            }

            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Stops a gzip bomb: reads no more than the batches and a little for the rest of the archive need.</summary>
    private sealed class BoundedStream(Stream source, string name, long limit, CancellationToken token) : ForwardStream
    {
        private long taken;

        public override int Read(Span<byte> buffer)
        {
            token.ThrowIfCancellationRequested();
            var read = source.Read(buffer);
            taken += read;
            if (taken > limit) throw new WageException($"{name}: unpacks to more than {limit} bytes, the most that its batches need.");
            return read;
        }
    }
}
