using BenchmarkDotNet.Attributes;
using Wage.Backends.Host;
using Wage.Numbers;

namespace Wage.Microbenchmarks;

/// <summary>4 Mi random words of 32 bits: Philox block by block, and eight blocks side by side.</summary>
public class PhiloxBenchmarks : IWork
{
    private const int Words = 1 << 22;
    private readonly RandomKey key = new(1, RandomStream.Gradient(0), 7);
    private readonly uint[] words = new uint[Words];

    /// <inheritdoc/>
    public static string Unit => "G words/s";

    /// <inheritdoc/>
    public static long Work(string? layer) => Words;

    [Benchmark]
    public void Blocks()
    {
        for (var i = 0; i < Words; i += 4) (words[i], words[i + 1], words[i + 2], words[i + 3]) = RandomBits.Block(key, (ulong)i / 4);
    }

    [Benchmark]
    public unsafe void EightBlocks()
    {
        fixed (uint* word = words)
        {
            for (var i = 0; i < Words; i += PhiloxBlocks.Words) PhiloxBlocks.Fill(key, (uint)i / 4, word + i);
        }
    }
}
