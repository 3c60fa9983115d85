using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Wage.Tests.Downloads;

/// <summary>An HTTP server on the loopback that answers as each test tells it, one request per connection.</summary>
internal sealed class TinyServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, long?, Reply> answer;
    private readonly Task loop;

    public TinyServer(Func<string, long?, Reply> answer)
    {
        this.answer = answer;
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/data");
        loop = RunAsync();
    }

    public Uri Address { get; }

    /// <summary>Each request so far: its path and where it asked to begin.</summary>
    public List<(string Path, long? From)> Requests { get; } = [];

    /// <summary>A server that knows files and ranges, as most do.</summary>
    public static Func<string, long?, Reply> Files(params (string Name, byte[] Bytes)[] files) => (path, from) =>
    {
        var bytes = files.FirstOrDefault(f => path == "/data/" + f.Name).Bytes;
        if (bytes is null) return new Reply("404 Not Found", []);
        if (from is null) return new Reply("200 OK", bytes);
        if (from >= bytes.Length) return new Reply("416 Range Not Satisfiable", []);
        var rest = bytes[(int)from..];
        return new Reply("206 Partial Content", rest, Range: $"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
    };

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        try
        {
            await loop;
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // The listener was stopped, or a test's client has gone.
        }

        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync(stop.Token);
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            var path = (await reader.ReadLineAsync(stop.Token))!.Split(' ')[1];
            long? from = null;
            while (await reader.ReadLineAsync(stop.Token) is { Length: > 0 } line)
            {
                if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase)) from = long.Parse(line[13..].TrimEnd('-'));
            }

            Requests.Add((path, from));
            var reply = answer(path, from);
            var head = $"HTTP/1.1 {reply.Status}\r\nConnection: close\r\nContent-Length: {reply.Length ?? reply.Body.Length}\r\n";
            if (reply.Range is not null) head += $"Content-Range: {reply.Range}\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "\r\n"), stop.Token);
            await stream.WriteAsync(reply.Body, stop.Token);
            if (reply.Stalls) await Task.Delay(Timeout.Infinite, stop.Token);
        }
    }

    /// <summary>What to send; a length beyond the body's is a server that dies midway, or stays silent where it stalls.</summary>
    public sealed record Reply(string Status, byte[] Body, long? Length = null, string? Range = null, bool Stalls = false);
}
