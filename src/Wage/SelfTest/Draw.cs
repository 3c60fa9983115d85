using Wage.Numbers;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Input values: a function of a seed.</summary>
internal sealed class Draw(ulong seed)
{
    private ulong next, second;

    /// <summary>An integer in [low, high].</summary>
    public long Between(long low, long high) => low + (long)(Bits() % (ulong)(high - low + 1));

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[(int)Between(0, choices.Length - 1)];

    public long[] Many(int n, long low, long high) => [.. Enumerable.Range(0, n).Select(_ => Between(low, high))];

    /// <summary>A third of each: over the whole range, near 0, and at the ends of it.</summary>
    public long[] Adversarial(int n, long limit) => [.. Enumerable.Range(0, n).Select(_ => Between(0, 2) switch
    {
        0 => Between(-limit, limit),
        1 => Between(-Math.Min(limit, 3), Math.Min(limit, 3)),
        _ => Of(-limit, limit, 0L, limit - 1, 1 - limit),
    })];

    /// <summary>Values whose bits below 2^shift are a half, one less, one more, none or all: every way to round.</summary>
    public long[] Ties(int n, int shift, long limit) => [.. Enumerable.Range(0, n).Select(_ =>
    {
        if (shift is < 1 or > 61) return Between(-limit, limit);
        var half = 1L << (shift - 1);
        var x = (Between(-300, 300) << shift) + Of(half, half - 1, half + 1, 0L, -1L, 1L);
        return x > limit || x < -limit ? Between(-limit, limit) : x;
    })];

    /// <summary>What the tests put into a tensor of this type: the type's symmetric range.</summary>
    public static long Limit(ElementType type) => type == ElementType.Int64 ? 1L << 40 : type.Maximum();

    /// <summary><see cref="RandomBits.UInt64"/> of one element after another; a block has two.</summary>
    private ulong Bits()
    {
        if ((next++ & 1) == 1) return second;
        var (x0, x1, x2, x3) = RandomBits.Block(new RandomKey(seed, 1, 1), next >> 1);
        second = ((ulong)x3 << 32) | x2;
        return ((ulong)x1 << 32) | x0;
    }
}
