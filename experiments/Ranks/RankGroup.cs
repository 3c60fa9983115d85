using System.Text;
using Wage.Backends;
using Wage.Experiments.Commands;
using Wage.Experiments.Runs;
using Wage.Gpu;
using Wage.Mpi;
using Wage.Training;
using Wage.Workers;

namespace Wage.Experiments.Ranks;

/// <summary>The processes that do one command together; alone, one that notices nothing of it.</summary>
internal sealed class RankGroup : IDisposable
{
    /// <summary>What --workers takes.</summary>
    public static readonly IReadOnlyList<string> Names = ["auto", "mpi", "none"];

    /// <summary>Open MPI numbers the ranks of each machine: what a whole machine lacks, its first one says.</summary>
    private const string PlaceOnMachine = "OMPI_COMM_WORLD_LOCAL_RANK";

    private readonly MpiWorld? world;
    private RankWatch? watch;
    private bool areAllRefused;
    private string[] devices = [];

    /// <summary>This process, and nobody else.</summary>
    public static RankGroup Alone { get; } = new(null);

    private RankGroup(MpiWorld? world, CancellationToken token = default) => (Transport, this.world, Token) = (world, world, token);

    /// <summary>Ranks that nobody ends or watches, such as threads of a process. All of them come here at the same time.</summary>
    /// <param name="transport">Between them.</param>
    internal RankGroup(ITransport transport)
    {
        Transport = transport;
        Places = RankPlace.Of(this);
    }

    /// <summary>What carries bytes between them; null: nothing, the process is alone.</summary>
    public ITransport? Transport { get; }

    /// <summary>From 0.</summary>
    public int Rank => Transport?.Rank ?? 0;

    /// <summary>1 for a process that is alone.</summary>
    public int Size => Transport?.Size ?? 1;

    /// <summary>The rank that reads the user's folders, writes, and shows.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>The MPI library; null for a process that is alone.</summary>
    public string? Library => world?.Library;

    /// <summary>Where each of them runs.</summary>
    public IReadOnlyList<RankPlace> Places { get; private set; } = [];

    /// <summary>Cancelled by a signal to this process, see <see cref="Interruption"/>.</summary>
    public CancellationToken Token { get; init; }

    /// <summary>For what only one of them shows.</summary>
    public TextWriter Output => IsFirst ? Console.Out : TextWriter.Null;

    /// <summary>This process and nobody else, until the token is cancelled.</summary>
    public static RankGroup Single(CancellationToken token) => new(null, token);

    /// <summary>Runs a command on all ranks of this launch.</summary>
    /// <param name="workers">--workers, or null.</param>
    /// <param name="command">Gives the exit code.</param>
    /// <param name="token">See <see cref="Token"/>: on a busy machine it takes seconds until ranks have found each other, and a signal that comes
    /// meanwhile is theirs too.</param>
    /// <returns>The exit code of this process.</returns>
    /// <exception cref="WageException">The command was refused; with several ranks only the first one throws it.</exception>
    public static int Run(string? workers, Func<RankGroup, int> command, CancellationToken token = default)
    {
        RankGroup ranks;
        try
        {
            ranks = Join(workers, token);
        }
        catch (WageException error) when (MpiLaunch.Current is { Rank: > 0 } launch && Environment.GetEnvironmentVariable(PlaceOnMachine) != "0")
        {
            // Where all of a machine are refused, its first one says so, and mpirun ends the others meanwhile: who is still here is so alone.
            Thread.Sleep(TimeSpan.FromSeconds(3));
            throw new WageException($"rank {launch.Rank}: {error.InWords()}");
        }

        return ranks.Do(command);
    }

    /// <summary>Runs a command, and leaves the group with all others.</summary>
    /// <returns>The exit code of this process.</returns>
    /// <exception cref="WageException">The command was refused; with several ranks only the first one throws it.</exception>
    internal int Do(Func<RankGroup, int> command)
    {
        try
        {
            if (Size > 1 && Places.Count == 0)
            {
                Places = RankPlace.Of(this);
                watch = new RankWatch(this);
            }

            var code = command(this);
            Dispose();
            return code;
        }
        catch (WageException) when (areAllRefused || Size == 1)
        {
            Dispose();
            if (IsFirst) throw;
            return ExitCode.UserError;
        }
        catch (Exception error) when (Size > 1)
        {
            return Abort(error);
        }
    }

    /// <summary>
    /// Does this on every rank. Where one of them is refused all are, with the words of the first of these; so nobody waits for one who is gone.
    /// </summary>
    /// <exception cref="WageException">One of them was.</exception>
    public void Agree(Action action)
    {
        if (Transport is null)
        {
            action();
            return;
        }

        WageException? own = null;
        try
        {
            action();
        }
        catch (WageException error)
        {
            own = error;
        }

        var words = Gather(own is null ? [] : Encoding.UTF8.GetBytes(own.InWords()));
        var refused = Array.FindIndex(words, text => text.Length > 0);
        if (refused < 0) return;
        areAllRefused = true;
        var said = Encoding.UTF8.GetString(words[refused]);
        throw new WageException(refused == 0 ? said : $"rank {refused}: {said}");
    }

    /// <summary>See <see cref="Trainer.Write"/>, which all ranks call: where the first one cannot write, all are refused with its words.</summary>
    public void Write(Trainer trainer, string path, string config, IReadOnlyDictionary<string, long>? beside)
    {
        try
        {
            trainer.Write(path, config, beside);
        }
        catch (WageException) when (trainer.WasNotWritten)
        {
            areAllRefused = true;
            throw;
        }
    }

    /// <summary>The same with what it gives.</summary>
    public T Agreed<T>(Func<T> get)
    {
        var got = default(T);
        try
        {
            Agree(() => got = get());
            return got!;
        }
        catch (WageException) when (got is IDisposable made)
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Refuses ranks that differ.</summary>
    /// <param name="what">"recipe": what they must have in common.</param>
    /// <param name="own">This rank's.</param>
    /// <param name="hint">What to do.</param>
    /// <exception cref="WageException">On every rank: one of them has another.</exception>
    public void RequireEqual(string what, string own, string hint)
    {
        var all = Gather(own);
        var other = Array.FindIndex(all, text => text != all[0]);
        if (other < 0) return;
        areAllRefused = true;
        var same = SameWords(all[other], all[0]);
        throw new WageException($"rank {other}: its {what} is {Shown(all[other])}, but rank 0's is {Shown(all[0])}.", hint);

        string Shown(string text) => same == 0 ? OneLine.Quote(text) : $"... {OneLine.Quote(text[same..])}";
    }

    /// <summary>This rank's images of each batch; null for a process that is alone.</summary>
    /// <exception cref="WageException">There are more ranks than images.</exception>
    public BatchSlice? Slice(int batch) => Size == 1 ? null : BatchSlice.Of(batch, Rank, Size);

    /// <summary>The workers as a network on this backend meets them; null for a process that is alone.</summary>
    public Collective? Workers(IBackend backend) => Transport is { } transport ? new Collective(transport, backend) : null;

    /// <summary>The threads of this rank: those asked for, or its part of the processors that it may use; 0: all.</summary>
    public int Threads(int asked) => asked > 0 || Places.Count == 0 ? asked : Places[Rank].Threads(Places);

    /// <summary>What the ranks of this machine have together; null for a process that is alone.</summary>
    public HostRoom? Room => Places.Count == 0 ? null : HostRoom.Of(Places, Places[Rank].Host) with { Devices = devices };

    /// <summary>Learns which ranks of a machine will share a device; all of them come here.</summary>
    /// <param name="asked">This rank's --device.</param>
    public void Meet(string asked)
    {
        if (Size == 1) return;
        var all = Gather(Devices.InTurn(Device(asked)));
        devices = [.. all.Where((_, rank) => Places[rank].Host == Places[Rank].Host)];
    }

    /// <summary>The device of this rank: where several ranks of a machine ask for a kind of card without a number, each gets the next.</summary>
    public string Device(string asked)
    {
        if (Places.Count == 0 || asked is not ("auto" or "cuda" or "opencl")) return asked;
        var number = Places.Take(Rank).Count(place => place.Host == Places[Rank].Host);
        return asked == "auto" ? Devices.Auto(number)
            : $"{asked}:{number % Math.Max(1, GpuDevices.All().Count(device => device.Name.StartsWith(asked, StringComparison.Ordinal)))}";
    }

    /// <summary>The bytes of every rank, by rank.</summary>
    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        if (Transport is not { } transport) return [own.ToArray()];
        var lengths = new byte[sizeof(int) * Size];
        transport.Gather(BitConverter.GetBytes(own.Length), lengths);
        var pieces = new Pieces([.. Enumerable.Range(0, Size).Select(rank => BitConverter.ToInt32(lengths, rank * sizeof(int)))]);
        own.CopyTo(pieces[Rank]);
        var exchange = new Exchange(null, pieces);
        transport.Start(exchange);
        transport.Wait(exchange);
        return [.. Enumerable.Range(0, Size).Select(rank => pieces[rank].ToArray())];
    }

    /// <summary>A text of every rank, by rank.</summary>
    public string[] Gather(string own) => [.. Gather(Encoding.UTF8.GetBytes(own)).Select(Encoding.UTF8.GetString)];

    /// <inheritdoc/>
    public void Dispose()
    {
        watch?.Dispose();
        if (watch is not null) Gather([]);
        watch = null;
        world?.Dispose();
    }

    /// <summary>The characters of words that two texts begin with, but the last of these; 0 where both texts can be shown whole.</summary>
    private static int SameWords(string one, string other)
    {
        if (Math.Max(one.Length, other.Length) <= OneLine.LongestQuote) return 0;
        var same = one.AsSpan().CommonPrefixLength(other);
        return same == 0 ? 0 : one.LastIndexOf(' ', same - 1) + 1;
    }

    private static RankGroup Join(string? workers, CancellationToken token)
    {
        var launch = MpiLaunch.Current;
        switch (workers)
        {
            case null or "auto": return new RankGroup(launch is null or { IsAlone: true } ? null : Whole(launch), token);
            case "none": return Single(token);
            case "mpi":
                MpiWorld.Describe(launch);
                return launch is not null ? new RankGroup(launch.IsAlone ? null : Whole(launch), token) : throw new WageException(
                    "--workers: is mpi, but neither mpirun nor srun started this process.", "mpirun -n 2 wage ... starts two.");
            default: throw new WageException($"--workers: is {OneLine.Quote(workers)}, but must be {string.Join(", ", Names)}.");
        }
    }

    /// <summary>All processes that the launcher started.</summary>
    /// <exception cref="WageException">The library sees others: each process would train by itself.</exception>
    private static MpiWorld Whole(MpiLaunch launch)
    {
        var world = new MpiWorld(launch);
        if (launch.Size is not { } started || started == world.Size) return world;
        var (seen, library) = (world.Size, world.Library);
        world.Dispose();
        throw new WageException(
            $"MPI: the launcher started {started} processes, but {library} sees {seen}.",
            $"name the launcher's own library in {MpiLaunch.LibraryVariable}, or start them with the library's mpirun.");
    }

    /// <summary>One rank fails where the others do not expect it: it says so, and all end.</summary>
    private int Abort(Exception error)
    {
        watch?.Dispose();
        var (what, code) = error is WageException refusal
            ? (refusal.InWords(), ExitCode.UserError) : ($"unexpected: {OneLine.Of(error.Message)}", ExitCode.Unexpected);
        Console.Error.WriteLine(OneLine.Of($"wage: rank {Rank}: {what}"));
        RankWatch.HasSpoken();
        world?.Abort(code);
        return code;
    }
}
