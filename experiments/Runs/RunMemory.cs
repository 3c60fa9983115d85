using Wage.Backends;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Experiments.Runs;

/// <summary>The memory that training a recipe takes, known before any is taken.</summary>
internal static class RunMemory
{
    /// <summary>What a checkpoint is written through.</summary>
    private const long CheckpointBytes = 1 << 16;

    /// <summary>Bytes by kind: the tensors of a model built without memory, the data set, and bounds for the rest.</summary>
    /// <exception cref="WageException">The model does not fit the images, or a bound cannot be proved.</exception>
    public static MemoryPlan Plan(Recipe recipe, int threads, DataShape? shape = null, BatchSlice? slice = null)
    {
        shape ??= DataShape.Of(recipe);
        using var network = RunBuilder.PlanNetwork(recipe, shape, slice);
        var memory = network.PlanMemory(threads);
        memory.Add(MemoryKind.Data, Source(shape, shape.Train) + Source(shape, shape.Test));
        memory.Add(MemoryKind.Checkpoint, CheckpointBytes);
        return memory;
    }

    /// <summary>Refuses a model for which a device, or this machine, has no room; a device needs none for what may stay with the host.</summary>
    /// <param name="recipe">The model.</param>
    /// <param name="backend">Where it is to run.</param>
    /// <param name="shape">Its images; null: the recipe's.</param>
    /// <param name="beside">What another network takes at the same time, which shares the engine's scratch memory.</param>
    /// <param name="slice">The images of each batch that it computes; null: all.</param>
    /// <param name="room">What the ranks of this machine have together, before any of them has read its images; null: it is alone.</param>
    /// <exception cref="WageException">It does not fit; the bytes are stated.</exception>
    public static void RequireFits(
        Recipe recipe, IBackend backend, DataShape? shape = null, MemoryPlan? beside = null, BatchSlice? slice = null, HostRoom? room = null)
    {
        var memory = Plan(recipe, threads: 1, shape, slice);
        foreach (var kind in Enum.GetValues<MemoryKind>().Where(kind => kind != MemoryKind.Scratch)) memory.Add(kind, beside?[kind] ?? 0);
        MemoryKind[] host = backend.Name is "cpu" or "reference" ? [] : [MemoryKind.Data, MemoryKind.Scratch, MemoryKind.Checkpoint];
        var (needed, available) = (memory.Total - host.Sum(kind => memory[kind]), backend.AvailableMemory);
        var there = host.Length == 0 ? memory[MemoryKind.Data] : 0;         // the host's images are read by now, and what is available lacks them
        var all = string.Empty;
        if (host.Length == 0 && room is { Ranks: > 1 })
            (needed, available, there, all) = (needed * room.Ranks, room.Available, 0, $" for {room.Ranks} ranks on this machine");
        if (host.Length > 0 && room?.On(backend.Name) is > 1 and var sharing)
            (needed, all) = (needed * sharing, $" for {sharing} ranks on this device");
        if (needed - there <= available) return;
        var kinds = Enum.GetValues<MemoryKind>().Except(host).OrderByDescending(kind => memory[kind]).Take(3);
        throw new WageException(
            $"{recipe.Name}: needs {Format.Count(needed)} bytes of memory{all}, but {backend.Name} has {Format.Count(available)} " +
            $"({string.Join(", ", kinds.Select(kind => $"{MemoryTable.Name(kind)} {Format.Count(memory[kind])}"))}).",
            "take a smaller training.batch or a smaller model; `wage show RECIPE` lists the memory by kind.");
    }

    /// <summary>Pixels and a label an image, its place in the order, and the table of pixels.</summary>
    private static long Source(DataShape shape, int images)
    {
        var (height, width, channels) = shape.Image;
        return (images * (((long)height * width * channels) + 1 + sizeof(int))) + 256;
    }
}
