using Wage.Quantization;

namespace Wage.Numbers;

/// <summary>What a run of random bits belongs to: they are a function of (seed, stream, step, element index) and nothing else.</summary>
/// <param name="Seed">The run's seed: Philox's key.</param>
/// <param name="Stream">Whose bits: a <see cref="RandomStream"/> with the index of the parameter or the data split.</param>
/// <param name="Step">The training step (or epoch, for the data order).</param>
public readonly record struct RandomKey(ulong Seed, uint Stream, uint Step);

/// <summary>The purposes that draw random bits; each with an index in the low 16 bits.</summary>
public static class RandomStream
{
    /// <summary>Initial weights of parameter <paramref name="index"/>.</summary>
    public static uint Initialization(int index) => Of(1, index);

    /// <summary>Stochastic rounding of the gradient of parameter <paramref name="index"/>.</summary>
    public static uint Gradient(int index) => Of(2, index);

    /// <summary>The order of the training images.</summary>
    public static uint Order => Of(3, 0);

    /// <summary>Random crops and flips.</summary>
    public static uint Augmentation => Of(4, 0);

    /// <summary>Procedural data; index 0 the training split, 1 the test split.</summary>
    public static uint Synthetic(int index) => Of(5, index);

    /// <summary>Stochastic rounding of the weights, activations or errors of this index.</summary>
    public static uint Rounding(TensorRole role, int index) => Of(6 + (uint)role, index);

    /// <summary>What else the update rule of parameter <paramref name="index"/> draws, besides <see cref="Gradient"/>.</summary>
    public static uint Update(int index) => Of(9, index);

    /// <summary>Which images leave a set: index 0 for a test set, 1 for validation.</summary>
    public static uint Split(int index) => Of(10, index);

    /// <summary>Which elements dropout <paramref name="index"/> of a network keeps.</summary>
    public static uint Dropout(int index) => Of(11, index);

    /// <summary>Which units of the weights of parameter <paramref name="index"/> a step quantizes.</summary>
    public static uint Partition(int index) => Of(12, index);

    private static uint Of(uint purpose, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)index, 0xFFFFu, nameof(index));
        return (purpose << 16) | (uint)index;
    }
}

/// <summary>
/// Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011:
/// ten rounds of two 32x32 -> 64 bit products. Element i of a stream is a function of its index: no state, any order, any thread.
/// </summary>
public static class RandomBits
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;

    /// <summary>One block: the counter c0..c3 under the key k0, k1 gives four uniform 32-bit words.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < 10; round = checked(round + 1))
        {
            var p0 = Wrapping.Product(M0, c0);
            var p1 = Wrapping.Product(M1, c2);
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            (k0, k1) = (Wrapping.Add(k0, W0), Wrapping.Add(k1, W1));
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>Block <paramref name="block"/> of a key's stream: counter (block low, block high, step, stream), key (seed low, seed high).</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(in RandomKey key, ulong block) =>
        Philox((uint)block, (uint)(block >> 32), key.Step, key.Stream, (uint)key.Seed, (uint)(key.Seed >> 32));

    /// <summary>The 64 uniform bits of element <paramref name="index"/>: words 0, 1 (even index) or 2, 3 (odd) of block index / 2.</summary>
    public static ulong UInt64(in RandomKey key, ulong index)
    {
        var (x0, x1, x2, x3) = Block(key, index >> 1);
        return (index & 1) == 0 ? ((ulong)x1 << 32) | x0 : ((ulong)x3 << 32) | x2;
    }

    /// <summary>The 32 uniform bits of element <paramref name="index"/>: word index mod 4 of block index / 4.</summary>
    public static uint UInt32(in RandomKey key, ulong index)
    {
        var (x0, x1, x2, x3) = Block(key, index >> 2);
        return (index & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
    }

    /// <summary>
    /// As many uniform low bits of element <paramref name="index"/> as are asked for, at most 62, among others: those of <see cref="UInt32"/> where
    /// 32 do, so that lanes of 32 bits draw the same, else those of <see cref="UInt64"/>.
    /// </summary>
    public static long Word(in RandomKey key, ulong index, int bits) =>
        bits <= 32 ? UInt32(key, index) : (long)(UInt64(key, index) >> 1);

    /// <summary>An integer in [0, bound): floor(bound * u / 2^64), each value's probability within 2^-64 of 1 / bound.</summary>
    public static int Below(in RandomKey key, ulong index, int bound) =>
        (int)Math.BigMul((ulong)bound, UInt64(key, index), out _);
}
