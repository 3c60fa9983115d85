using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>
/// <see cref="UnitStage"/> of a shift to the right on registers of 256 bits: as <see cref="StageLoop{S}"/> has it for every stage, but limits, gates
/// and stores are of whole vectors of the elements that are written, and the greatest magnitude is of the least and the greatest value.
/// </summary>
internal static unsafe class UnitLoop
{
    /// <summary>Whether a stage of this shift and limit is done here, with outputs of so many bits.</summary>
    public static bool Takes(int shift, int limit, int most) => Avx2.IsSupported && shift is > 0 and < 32 && limit > 0 && limit <= most;

    /// <summary>y = stochastic rounding of x / 2^shift, 0 where the gate has not all bits; of whole vectors of 32; how many elements.</summary>
    /// <param name="x">Values.</param>
    /// <param name="n">How many.</param>
    /// <param name="y">Written.</param>
    /// <param name="gate">Or null.</param>
    /// <param name="gateBits">The bits that let an element pass.</param>
    /// <param name="random">A word for each element.</param>
    /// <param name="shift">From 1 to 31.</param>
    /// <param name="limit">At most 127.</param>
    /// <param name="whole">Gains the greatest magnitude.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Bytes(int* x, int n, sbyte* y, byte* gate, int gateBits, int* random, int shift, int limit, ref StageMeasure whole)
    {
        var (count, mask) = (Vector128.CreateScalar(shift), Vector256.Create((int)((1L << shift) - 1)));
        var (most, least, bits) = (Vector256.Create((sbyte)limit), Vector256.Create((sbyte)-limit), Vector256.Create((byte)gateBits));
        var (order, low, high, i) = (Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7), Vector256<int>.Zero, Vector256<int>.Zero, 0);
        for (; i + Vector256<sbyte>.Count <= n; i += Vector256<sbyte>.Count)
        {
            var a = Rounded(x + i, random + i, count, mask, ref low, ref high);
            var b = Rounded(x + i + 8, random + i + 8, count, mask, ref low, ref high);
            var c = Rounded(x + i + 16, random + i + 16, count, mask, ref low, ref high);
            var d = Rounded(x + i + 24, random + i + 24, count, mask, ref low, ref high);
            var mixed = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d));
            var values = Avx2.PermuteVar8x32(Avx2.Max(Avx2.Min(mixed, most), least).AsInt32(), order).AsSByte();
            if (gate is not null) values &= Vector256.Equals(Vector256.Load(gate + i) & bits, bits).AsSByte();
            values.Store(y + i);
        }

        Join(low, high, ref whole);
        return i;
    }

    /// <summary>y = x + start / 2^shift to the nearest, ties up; of whole vectors of 16; how many elements.</summary>
    /// <param name="x">Values.</param>
    /// <param name="n">How many.</param>
    /// <param name="y">Written.</param>
    /// <param name="columns">What is added to the elements' columns, if anything.</param>
    /// <param name="first">The first element, for its column.</param>
    /// <param name="shift">From 1 to 31.</param>
    /// <param name="limit">At most 32767.</param>
    /// <param name="whole">Gains the greatest magnitude.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Words(int* x, int n, short* y, in StageColumns columns, long first, int shift, int limit, ref StageMeasure whole)
    {
        var (starts, column, step) = (columns, columns.At(first), columns.Step(Lanes.Count));
        var (count, most, least) = (Vector128.CreateScalar(shift - 1), Vector256.Create((short)limit), Vector256.Create((short)-limit));
        var (low, high, i) = (Vector256<int>.Zero, Vector256<int>.Zero, 0);
        for (; i + Lanes.Count <= n; i += Lanes.Count)
        {
            var (a, b) = (Vector256.Load(x + i), Vector256.Load(x + i + 8));
            if (starts.Count > 0)
            {
                (a, b) = (starts.Started(column, new Int32x8(a)).Value, starts.Started(column, 8, new Int32x8(b)).Value);
                column = starts.Next(column, step);
            }

            low = Avx2.Min(Avx2.Min(a, b), low);
            high = Avx2.Max(Avx2.Max(a, b), high);
            (a, b) = (Avx2.ShiftRightArithmetic(a, count), Avx2.ShiftRightArithmetic(b, count));
            var mixed = Avx2.PackSignedSaturate(a - (a >> 1), b - (b >> 1));
            Avx2.Permute4x64(Avx2.Max(Avx2.Min(mixed, most), least).AsInt64(), 0b11_01_10_00).AsInt16().Store(y + i);
        }

        Join(low, high, ref whole);
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Rounded(
        int* x, int* random, Vector128<int> count, Vector256<int> mask, ref Vector256<int> low, ref Vector256<int> high)
    {
        var v = Vector256.Load(x);
        low = Avx2.Min(low, v);
        high = Avx2.Max(high, v);
        return Avx2.ShiftRightArithmetic(v, count) - Avx2.CompareGreaterThan(v & mask, Vector256.Load(random) & mask);
    }

    private static void Join(Vector256<int> low, Vector256<int> high, ref StageMeasure whole)
    {
        for (var i = 0; i < Vector256<int>.Count; i++) whole.Maximum = Math.Max(whole.Maximum, Math.Max(-(long)low[i], high[i]));
    }
}
