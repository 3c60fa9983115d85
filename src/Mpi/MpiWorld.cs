using Wage.Workers;

namespace Wage.Mpi;

/// <summary>
/// The ranks of an MPI launch. A thread of its own moves what is under way while this process computes: many libraries move bytes only inside their
/// own functions. One world for each process, and never a second one after it: MPI's own rule.
/// </summary>
public sealed unsafe partial class MpiWorld : ITransport, IDisposable
{
    /// <summary>What a rank computes meanwhile is held up by each, and what is under way waits for the next.</summary>
    private const uint MicrosecondsBetweenMoves = 200;

    private const int Spins = 200;

    /// <summary>What stands in the place of a request that is done, until somebody waits for it.</summary>
    private const nint Done = -1;

    private static readonly void* InPlace = (void*)1;
    private readonly MpiFunctions mpi;
    private readonly Lock gate = new();
    private readonly List<nint> requests = [];

    /// <summary>By the same places: memory into which MPI writes must live until it is done.</summary>
    private readonly List<Exchange?> held = [];
    private readonly SemaphoreSlim work = new(0);
    private readonly Thread? mover;
    private int underWay;
    private int failure;
    private volatile bool ended;

    /// <summary>Joins the launch that this process belongs to.</summary>
    /// <param name="launch">See <see cref="MpiLaunch.Current"/>; null: none, so this process is alone.</param>
    /// <exception cref="WageException">There is no MPI library, or it fails.</exception>
    public MpiWorld(MpiLaunch? launch)
        : this(MpiLibrary.Find(launch))
    {
    }

    internal MpiWorld(MpiLibrary library)
    {
        mpi = new MpiFunctions(library);
        int provided, rank, size;
        mpi.Check(mpi.InitThread(null, null, library.Serialized, &provided), "MPI_Init_thread");
        mpi.Check(mpi.SetErrorHandler(mpi.World, library.ErrorsReturn), "MPI_Comm_set_errhandler");
        mpi.Check(mpi.Rank(mpi.World, &rank), "MPI_Comm_rank");
        mpi.Check(mpi.Size(mpi.World, &size), "MPI_Comm_size");
        (Rank, Size, Library) = (rank, size, $"{mpi.Version} ({library.Path})");
        if (provided < library.Serialized || size == 1) return;
        mover = new Thread(Move) { IsBackground = true, Name = "MPI" };
        mover.Start();
    }

    /// <summary>The library that a launch would use, in its own words, without joining one.</summary>
    /// <param name="launch">See <see cref="MpiLaunch.Current"/>; null: none.</param>
    /// <exception cref="WageException">There is none; the message says what to install.</exception>
    public static string Describe(MpiLaunch? launch)
    {
        var library = MpiLibrary.Find(launch);
        return $"{new MpiFunctions(library).Version} ({library.Path})";
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>What the library calls itself, and its file.</summary>
    public string Library { get; }

    /// <inheritdoc/>
    public void Start(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var (send, receive) = (exchange.Send, exchange.Receive);
        lock (gate)
        {
            nint request;
            if (send is null)
            {
                mpi.Check(mpi.AllGather(InPlace, 0, mpi.Byte, receive.Bytes, receive.Counts, receive.Offsets, mpi.Byte, mpi.World, &request),
                    "MPI_Iallgatherv");
            }
            else
            {
                mpi.Check(
                    mpi.AllToAll(send.Bytes, send.Counts, send.Offsets, mpi.Byte, receive.Bytes, receive.Counts, receive.Offsets, mpi.Byte,
                        mpi.World, &request),
                    "MPI_Ialltoallv");
            }

            exchange.Request = Keep(request, exchange);
        }

        if (Interlocked.Increment(ref underWay) == 1) work.Release();
    }

    /// <inheritdoc/>
    public void Wait(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        if (ended) return;                                      // Dispose has waited for all
        for (var tries = 0; !IsDone((int)exchange.Request - 1); tries++)
            if (tries > Spins) Thread.Yield();
        Interlocked.Decrement(ref underWay);
        exchange.Request = 0;
    }

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        if (all.Length != (long)Size * own.Length) throw new ArgumentException("every rank has a place of the same length", nameof(all));
        Span<int> counts = stackalloc int[Size], offsets = stackalloc int[Size];
        for (var rank = 0; rank < Size; rank++) (counts[rank], offsets[rank]) = (own.Length, checked(rank * own.Length));
        fixed (byte* from = own, to = all)
        fixed (int* lengths = counts, places = offsets)
        {
            int slot;
            lock (gate)
            {
                nint request;
                mpi.Check(mpi.AllGather(from, own.Length, mpi.Byte, to, lengths, places, mpi.Byte, mpi.World, &request), "MPI_Iallgatherv");
                slot = Keep(request, null) - 1;
            }

            for (var tries = 0; !IsDone(slot); tries++)
                if (tries > Spins) Thread.Yield();
        }
    }

    /// <summary>Ends all processes of the launch at once, with this exit code. It may return.</summary>
    public void Abort(int code) => mpi.Abort(code);

    /// <summary>Leaves the launch. Every rank comes here, what is under way ends, and the last one lets all go on.</summary>
    public void Dispose()
    {
        if (ended) return;
        for (var slot = 0; slot < requests.Count; slot++)
            while (requests[slot] != 0 && !IsDone(slot)) Thread.Yield();
        ended = true;
        work.Release();
        mover?.Join();
        _ = mpi.Finalize();
    }

    /// <summary>A place for a request; its number, from 1. Under the gate.</summary>
    private int Keep(nint request, Exchange? exchange)
    {
        for (var slot = 0; slot < requests.Count; slot++)
        {
            if (requests[slot] != 0) continue;
            (requests[slot], held[slot]) = (request, exchange);
            return slot + 1;
        }

        requests.Add(request);
        held.Add(exchange);
        return requests.Count;
    }

    /// <summary>True when the request of this place is done, and its place free again.</summary>
    private bool IsDone(int slot)
    {
        lock (gate)
        {
            if (!Test(slot)) return false;
            (requests[slot], held[slot]) = (0, null);
            mpi.Check(failure, "MPI_Test");
            return true;
        }
    }

    /// <summary>Tests a request that is under way; true when it is done, or has failed. Under the gate.</summary>
    private bool Test(int slot)
    {
        if (requests[slot] == Done) return true;
        var (request, flag) = (requests[slot], 0);
        var code = mpi.Test(&request, &flag, null);
        if (code != 0) failure = code;
        requests[slot] = flag != 0 || code != 0 ? Done : request;
        return requests[slot] == Done;
    }

    private static void Sleep()
    {
        if (OperatingSystem.IsWindows()) Thread.Sleep(1);
        else _ = SleepMicroseconds(MicrosecondsBetweenMoves);
    }

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int SleepMicroseconds(uint count);

    private void Move()
    {
        while (!ended)
        {
            if (Volatile.Read(ref underWay) == 0)
            {
                work.Wait();
                continue;
            }

            Sleep();
            lock (gate)
            {
                for (var slot = 0; slot < requests.Count; slot++)
                {
                    // A test of one request that is still under way moves all of them.
                    if (requests[slot] is not (0 or Done) && !Test(slot)) break;
                }
            }
        }
    }
}
