using Wage.Tensors;

namespace Wage.Experiments.Display;

/// <summary>The memory of a run by kind.</summary>
internal static class MemoryTable
{
    /// <summary>A row for each kind, and their sum.</summary>
    public static void Write(MemoryPlan memory, TextWriter output)
    {
        var table = new TextTable("memory", "bytes", "what").RightAlign(1);
        foreach (var kind in Enum.GetValues<MemoryKind>()) table.Add(Name(kind), Format.Count(memory[kind]), Meaning(kind));
        table.Add("together", Format.Count(memory.Total), "for training on the cpu; the program itself takes about 80 MB more");
        table.Write(output);
    }

    /// <summary>"activations".</summary>
    public static string Name(MemoryKind kind) => kind.ToString().ToLowerInvariant();

    private static string Meaning(MemoryKind kind) => kind switch
    {
        MemoryKind.Data => "images, labels and their order, training and test",
        MemoryKind.Weights => "stored weights, quantized weights, updates",
        MemoryKind.Gradients => "sums of the gradients",
        MemoryKind.Activations => "activations, masks, pooling positions; evaluation uses the same",
        MemoryKind.Errors => "errors, most of which share memory",
        MemoryKind.Observation => "in steps that are looked into, for warnings and statistics",
        MemoryKind.Scratch => "packed operands and each thread's sums, at most",
        _ => "the buffer that it is written through",
    };
}
