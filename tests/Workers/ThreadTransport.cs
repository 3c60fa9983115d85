using Wage.Workers;

namespace Wage.Tests.Workers;

/// <summary>Threads of this process as the ranks of a run. What is sent is copied when it is, so that no rank waits for another to take it.</summary>
internal sealed class ThreadTransport : ITransport
{
    private readonly Meeting meeting;
    private readonly Dictionary<Exchange, int> under = [];
    private int number;

    private ThreadTransport(Meeting meeting, int rank) => (this.meeting, Rank) = (meeting, rank);

    public int Rank { get; }

    public int Size => meeting.Size;

    /// <summary>Messages that were begun.</summary>
    public int Exchanges { get; private set; }

    /// <summary>Messages that were begun and not waited for.</summary>
    public int UnderWay => under.Count;

    /// <summary>Few bytes that were gathered at once.</summary>
    public int Gathers { get; private set; }

    /// <summary>Runs the same on so many threads, each with a transport, and gives what each returned. The first failure ends all.</summary>
    public static T[] Run<T>(int ranks, Func<ThreadTransport, T> body)
    {
        var (meeting, results) = (new Meeting(ranks), new T[ranks]);
        Exception? failure = null;
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = body(new ThreadTransport(meeting, rank));
            }
            catch (Exception error)
            {
                if (error is not Meeting.OverException) Interlocked.CompareExchange(ref failure, error, null);
                meeting.End();
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return results;
    }

    public void Start(Exchange exchange)
    {
        Exchanges++;
        under.Add(exchange, number);
        var pieces = new byte[Size][];
        for (var rank = 0; rank < Size; rank++)
            pieces[rank] = (exchange.Send is { } send ? send[rank] : rank == Rank ? default : exchange.Receive[Rank]).ToArray();
        meeting.Put(number++, Rank, pieces);
    }

    public void Wait(Exchange exchange)
    {
        under.Remove(exchange, out var which);
        var sent = meeting.Take(which);
        for (var rank = 0; rank < Size; rank++)
            if (exchange.Send is not null || rank != Rank) sent[rank][Rank].CopyTo(exchange.Receive[rank]);
    }

    public void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        Gathers++;
        var mine = own.ToArray();
        meeting.Put(number, Rank, [.. Enumerable.Repeat(mine, Size)]);
        var sent = meeting.Take(number++);
        for (var rank = 0; rank < Size; rank++) sent[rank][Rank].CopyTo(all[(rank * own.Length)..]);
    }

    private sealed class Meeting(int size)
    {
        private readonly Dictionary<int, (byte[]?[][] Sent, int Taken)> places = [];
        private bool over;

        public int Size => size;

        public void Put(int number, int rank, byte[][] pieces)
        {
            lock (places)
            {
                if (!places.TryGetValue(number, out var place)) places.Add(number, place = (new byte[size][][], 0));
                place.Sent[rank] = pieces;
                Monitor.PulseAll(places);
            }
        }

        public byte[][][] Take(int number)
        {
            lock (places)
            {
                while (!over && Array.Exists(places[number].Sent, sent => sent is null)) Monitor.Wait(places);
                if (over) throw new OverException();
                var (sent, taken) = places[number];
                if (taken + 1 == size) places.Remove(number);
                else places[number] = (sent, taken + 1);
                return sent!;
            }
        }

        public void End()
        {
            lock (places)
            {
                over = true;
                Monitor.PulseAll(places);
            }
        }

        public sealed class OverException : Exception;
    }
}
