using Wage.Tests.Data;

namespace Wage.Tests.Experiments;

/// <summary>A data folder with a data set of a few images, for command lines that train in a moment.</summary>
internal static class TinyData
{
    /// <summary>A recipe that trains on it: two steps an epoch.</summary>
    public const string Yaml = """
        name: tiny
        data: { set: mnist }
        model: { kind: mlp, sizes: [16, 10] }
        training: { epochs: 1, batch: 20, eta: 4 }
        """;

    /// <summary>Writes 40 training and 20 test images; the folder.</summary>
    public static string Write(ScratchFolder scratch)
    {
        Directory.CreateDirectory(scratch.In("data/mnist"));
        foreach (var (split, count) in new[] { ("train", 40), ("t10k", 20) })
        {
            File.WriteAllBytes(
                scratch.In($"data/mnist/{split}-images-idx3-ubyte"), Scratch.Idx(0x803, [(uint)count, 28, 28], Scratch.Ramp(count * 784)));
            byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
            File.WriteAllBytes(scratch.In($"data/mnist/{split}-labels-idx1-ubyte"), Scratch.Idx(0x801, [(uint)count], labels));
        }

        return scratch.In("data");
    }
}
