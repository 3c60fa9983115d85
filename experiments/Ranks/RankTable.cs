using System.Globalization;
using Wage.Experiments.Display;
using Wage.Mpi;
using Wage.Workers;

namespace Wage.Experiments.Ranks;

/// <summary>What `wage devices` says of MPI: its library or what is missing; under mpirun, the ranks and that messages pass between them.</summary>
internal static class RankTable
{
    public static void Write(RankGroup ranks, TextWriter output)
    {
        if (ranks.Transport is not { } transport)
        {
            output.WriteLine(Library());
            return;
        }

        var all = Exchanged(transport);
        output.WriteLine();
        var table = new TextTable("rank", "machine", "process", "processors", "threads").RightAlign(0, 2, 3, 4);
        foreach (var place in ranks.Places)
            table.Add([.. ((object[])[place.Rank, place.Machine, place.Process, place.Count, place.Threads(ranks.Places)])
                .Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture)!)]);
        table.Write(output);
        output.WriteLine($"MPI: {ranks.Library}; {Format.Counted(ranks.Size, "rank")}, {Format.Count(all)} bytes exchanged and found right");
    }

    /// <summary>What is to be said where nobody joins a launch.</summary>
    private static string Library()
    {
        try
        {
            return $"MPI: {MpiWorld.Describe(MpiLaunch.Current)}";
        }
        catch (WageException error)
        {
            return error.InWords();
        }
    }

    /// <summary>Sends messages of several lengths to every rank, twice at the same time, and gathers their sums; the bytes of all.</summary>
    /// <exception cref="WageException">What came is not what was sent.</exception>
    private static int Exchanged(ITransport transport)
    {
        var (rank, size) = (transport.Rank, transport.Size);
        var first = Messages();
        var second = Messages();
        transport.Start(first);
        transport.Start(second);
        transport.Wait(second);
        transport.Wait(first);
        var sums = new Pieces([.. Enumerable.Range(0, size).Select(_ => sizeof(int))]);
        BitConverter.TryWriteBytes(sums[rank], first.Receive.All.Length);
        var gather = new Exchange(null, sums);
        transport.Start(gather);
        transport.Wait(gather);
        var all = Enumerable.Range(0, size).Sum(from => BitConverter.ToInt32(sums[from]));
        int[] every = [.. Enumerable.Range(0, size)];
        var isRight = all == every.Sum(from => every.Sum(to => Length(from, to)));
        for (var from = 0; from < size; from++)
            isRight &= first.Receive[from].IndexOfAnyExcept((byte)from) < 0 && second.Receive[from].SequenceEqual(first.Receive[from]);
        if (!isRight) throw new WageException("MPI: messages came that nobody sent.", "is another library loaded than the launcher's?");
        return 2 * all;

        Exchange Messages()
        {
            var send = new Pieces([.. Enumerable.Range(0, size).Select(to => Length(rank, to))]);
            send.All.Fill((byte)rank);
            return new Exchange(send, new Pieces([.. Enumerable.Range(0, size).Select(from => Length(from, rank))]));
        }

        static int Length(int from, int to) => 1000 * ((from + (2 * to)) % 5);
    }
}
