using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Wage.Experiments.Traffic;

/// <summary>What sending and receiving over TCP takes of this machine's processors, measured between two threads over its loopback.</summary>
internal static class CarryingCost
{
    private const int Chunk = 1 << 17, Chunks = 400, WarmUp = 50;

    /// <summary>Processor seconds of a byte that is sent and of one that is received.</summary>
    public static double Measure()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        sender.Connect(listener.LocalEndPoint!);
        using var receiver = listener.Accept();
        var sending = new Thread(() => Send(sender, WarmUp + Chunks)) { IsBackground = true };
        sending.Start();
        Receive(receiver, WarmUp);
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        Receive(receiver, Chunks);
        sending.Join();
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds / ((double)Chunk * Chunks);
    }

    private static void Send(Socket socket, int chunks)
    {
        var bytes = new byte[Chunk];
        for (var i = 0; i < chunks; i++)
            for (var sent = 0; sent < Chunk;) sent += socket.Send(bytes.AsSpan(sent));
    }

    private static void Receive(Socket socket, int chunks)
    {
        var bytes = new byte[Chunk];
        for (var i = 0; i < chunks; i++)
            for (var got = 0; got < Chunk;) got += Some(socket.Receive(bytes.AsSpan(got)));
    }

    private static int Some(int bytes) => bytes > 0 ? bytes : throw new IOException("loopback: the connection ended");
}
