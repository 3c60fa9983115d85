using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Wage.Downloads;

/// <summary>
/// One file's download: to NAME.part, going on where an earlier attempt ended (RFC 9110, section 14: ranges), then checked and renamed. Its
/// length is known beforehand, so a server can neither fill the disk nor pass off another file as a continuation.
/// </summary>
internal sealed class FileDownload(HttpClient client, DownloadFile file, Uri address, string folder, TimeSpan patience)
{
    private const int BufferSize = 1 << 16;

    private readonly string final = Path.Combine(folder, file.Name);
    private readonly string part = Path.Combine(folder, file.Name + ".part");

    /// <summary>How long a server may stay silent.</summary>
    internal static TimeSpan DefaultPatience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>A client without a limit on the whole time: only silence is limited.</summary>
    internal static HttpClient CreateClient(TimeSpan patience) =>
        new(new SocketsHttpHandler { ConnectTimeout = patience }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Fetches the file unless it is there already.</summary>
    /// <exception cref="WageException">Nothing answers, or what arrives is not the file.</exception>
    internal async Task RunAsync(IProgress<DownloadProgress>? progress, CancellationToken token)
    {
        try
        {
            Directory.CreateDirectory(folder);
            if (await IsOriginalAsync(final, token))
            {
                progress?.Report(new DownloadProgress(file.Name, file.Size, file.Size));
                return;
            }

            await ReceiveAsync(progress, token);
            if (!await IsOriginalAsync(part, token))
            {
                File.Delete(part);
                throw Foreign($"sent a file whose MD5 is not {file.Md5}, that of the original {file.Name}; what arrived is removed.");
            }

            File.Move(part, final, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new WageException($"{final}: cannot be written: {Line(fault)}.", inner: fault);
        }
        finally
        {
            if (File.Exists(part) && new FileInfo(part).Length == 0) File.Delete(part);
        }
    }

    private Wording WayOut =>
        $"download {file.Name} by hand into {Path.GetFullPath(folder)}, or name another server with {new Term(TermKind.Mirror)}.";

    private static string Line(Exception fault) => fault.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.');

    private async Task<bool> IsOriginalAsync(string path, CancellationToken token)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != file.Size) return false;
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, useAsync: true);
        return Convert.ToHexStringLower(await MD5.HashDataAsync(stream, token)) == file.Md5;
    }

    private async Task ReceiveAsync(IProgress<DownloadProgress>? progress, CancellationToken token)
    {
        await using var output =
            new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, BufferSize, useAsync: true);
        if (output.Length > file.Size) output.SetLength(0);
        output.Position = output.Length;
        if (output.Length == file.Size) return;
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(token);
        try
        {
            silence.CancelAfter(patience);
            using var response = await RequestAsync(output, silence.Token);
            await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
            await CopyAsync(body, output, progress, silence);
        }
        catch (OperationCanceledException fault) when (!token.IsCancellationRequested)
        {
            throw Interrupted(output.Length, $"nothing arrived for {patience.Ticks / TimeSpan.TicksPerSecond} seconds", fault);
        }
        catch (HttpRequestException fault)
        {
            throw Interrupted(output.Length, Line(fault), fault);
        }
        finally
        {
            output.Flush(flushToDisk: true);
        }
    }

    /// <summary>Asks for what is missing. A server that knows no ranges, or refuses this one, makes the file begin anew.</summary>
    private async Task<HttpResponseMessage> RequestAsync(FileStream output, CancellationToken token)
    {
        var response = await SendAsync(output.Length, token);
        var range = response.Content.Headers.ContentRange;
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent && output.Length > 0
            && range is { Unit: "bytes" } && range.From == output.Length && (range.Length ?? file.Size) == file.Size;
        if (goesOn) return response;

        if (response.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            response.Dispose();
            response = await SendAsync(0, token);
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            using (response) throw Foreign($"answers {(int)response.StatusCode} {response.ReasonPhrase}.");
        }

        var length = response.Content.Headers.ContentLength ?? file.Size;
        if (length != file.Size)
        {
            using (response) throw Foreign($"offers {length} bytes, but the original {file.Name} has {file.Size}.");
        }

        output.SetLength(0);
        return response;
    }

    private async Task<HttpResponseMessage> SendAsync(long from, CancellationToken token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
    }

    private async Task CopyAsync(
        Stream body, FileStream output, IProgress<DownloadProgress>? progress, CancellationTokenSource silence)
    {
        var buffer = new byte[BufferSize];
        while (true)
        {
            silence.CancelAfter(patience);
            int read;
            try
            {
                read = await body.ReadAsync(buffer, silence.Token);
            }
            catch (IOException fault)
            {
                throw Interrupted(output.Length, Line(fault), fault);
            }

            if (read == 0) break;
            if (output.Length + read > file.Size)
            {
                output.SetLength(0);
                throw Foreign($"sends more than the {file.Size} bytes of the original {file.Name}; what arrived is removed.");
            }

            await output.WriteAsync(buffer.AsMemory(0, read), silence.Token);
            progress?.Report(new DownloadProgress(file.Name, output.Length, file.Size));
        }

        if (output.Length < file.Size) throw Interrupted(output.Length, "the server ended early", null);
    }

    private WageException Foreign(string why) => new($"{address}: {why}", WayOut);

    private WageException Interrupted(long received, string why, Exception? fault) => received == 0
        ? new WageException($"{address}: cannot be fetched: {why}.", WayOut, fault)
        : new WageException(
            $"{address}: {received} of {file.Size} bytes have arrived, then: {why}.",
            $"the same command goes on from there; or {WayOut}",
            fault);
}
