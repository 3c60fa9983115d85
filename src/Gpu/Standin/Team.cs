namespace ILGPU.Runtime;

/// <summary>Stand-in: the threads of a group, with their barrier and their memory.</summary>
internal sealed class Team(int size)
{
    private readonly Barrier barrier = new(size);
    private readonly List<byte[]> memory = [];

    /// <summary>Threads.</summary>
    public int Size => size;

    /// <summary>Waits for the others.</summary>
    public void Wait()
    {
        if (size > 1) barrier.SignalAndWait();
    }

    /// <summary>A thread that failed waits for nobody, and nobody for it.</summary>
    public void Leave() => barrier.RemoveParticipant();

    /// <summary>Array number <paramref name="index"/>, garbage at first.</summary>
    public byte[] Memory(int index, int bytes)
    {
        lock (memory)
        {
            if (index == memory.Count) memory.Add(MemoryBuffer.Garbage(bytes));
            return memory[index];
        }
    }

    /// <summary>Runs every group of a grid: groups of one thread side by side, wider ones with a host thread for each of theirs.</summary>
    public static void Launch(KernelConfig config, Action kernel)
    {
        var (groups, size) = (config.GridDim.X, config.GroupDim.X);
        if (size == 1)
        {
            Parallel.For(0, groups, group => KernelThread.Run(new Team(1), 0, groups, group, group + 1, kernel));
            return;
        }

        var (team, failures) = (new Team(size), new List<Exception>());
        var threads = Enumerable.Range(0, size).Select(index => new Thread(() => Member(index)) { IsBackground = true }).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failures.Count > 0) throw new AggregateException(failures);

        void Member(int index)
        {
            try
            {
                KernelThread.Run(team, index, groups, 0, groups, kernel);
            }
            catch (Exception failure)
            {
                lock (failures) failures.Add(failure);
                team.Leave();
            }
        }
    }
}
