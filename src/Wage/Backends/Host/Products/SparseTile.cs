using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>A number of vectors of 32 columns, as a type, so that each has its own machine code.</summary>
internal interface ITileWidth
{
    /// <summary>1 to 6.</summary>
    static abstract int Vectors { get; }
}

/// <summary>
/// sums[j] += the sum over a list's entries of value * row[j], where a row is bytes of 0 to 127: one filter's gradient over the columns of one
/// chunk. Two rows are zipped and multiplied with two values at once; the sums grow in 16 bits, which a group of entries cannot overflow, and are
/// widened after each group.
/// </summary>
internal static unsafe class SparseTile
{
    /// <summary>Columns of a vector.</summary>
    public const int Columns = 32;

    /// <summary>Vectors of the widest tile: twelve sums, the values, two rows and a product are the 16 registers there are.</summary>
    public const int MostVectors = 6;

    /// <summary>The greatest sum of a group's positive values, and of its negative ones: 127 times it is the greatest int16.</summary>
    public const int MostSum = short.MaxValue / sbyte.MaxValue;

    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Whether one of n values is below 0, so that it is no unsigned byte.</summary>
    public static bool AnyNegative(sbyte* x, int n)
    {
        Vector256<sbyte> all = default;
        var i = 0;
        for (; i + 32 <= n; i += 32) all |= Vector256.Load(x + i);
        var any = all.ExtractMostSignificantBits() != 0;
        for (; i < n; i++) any |= x[i] < 0;
        return any;
    }

    /// <summary>Adds a list's entries to sums of 32 * <paramref name="vectors"/> columns.</summary>
    /// <param name="vectors">1 to 6.</param>
    /// <param name="list">The entries.</param>
    /// <param name="rows">The memory that the entries' offsets count from, at the chunk's first column.</param>
    /// <param name="sums">The sums.</param>
    public static void Add(int vectors, in SparseList list, byte* rows, int* sums)
    {
        switch (vectors)
        {
            case 1: Add<One>(list, rows, sums); break;
            case 2: Add<Two>(list, rows, sums); break;
            case 3: Add<Three>(list, rows, sums); break;
            case 4: Add<Four>(list, rows, sums); break;
            case 5: Add<Five>(list, rows, sums); break;
            default: Add<Six>(list, rows, sums); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TWidth>(in SparseList list, byte* rows, int* sums)
        where TWidth : ITileWidth
    {
        var offset = list.Offsets;
        var value = list.Values;
        for (var group = 0; group < list.Groups; group++)
        {
            Vector256<short> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
            Vector256<short> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
            for (int pairs = list.Pairs[group]; pairs > 0; pairs--)
            {
                byte* first = rows + offset[0], second = rows + offset[1];
                var e = Avx2.BroadcastScalarToVector256((short*)value).AsSByte();
                (c00, c01) = Product(c00, c01, first, second, e);
                if (TWidth.Vectors > 1) (c10, c11) = Product(c10, c11, first + 32, second + 32, e);
                if (TWidth.Vectors > 2) (c20, c21) = Product(c20, c21, first + 64, second + 64, e);
                if (TWidth.Vectors > 3) (c30, c31) = Product(c30, c31, first + 96, second + 96, e);
                if (TWidth.Vectors > 4) (c40, c41) = Product(c40, c41, first + 128, second + 128, e);
                if (TWidth.Vectors > 5) (c50, c51) = Product(c50, c51, first + 160, second + 160, e);
                offset += 2;
                value += 2;
            }

            Widen(c00, c01, sums);
            if (TWidth.Vectors > 1) Widen(c10, c11, sums + 32);
            if (TWidth.Vectors > 2) Widen(c20, c21, sums + 64);
            if (TWidth.Vectors > 3) Widen(c30, c31, sums + 96);
            if (TWidth.Vectors > 4) Widen(c40, c41, sums + 128);
            if (TWidth.Vectors > 5) Widen(c50, c51, sums + 160);
        }
    }

    /// <summary>The zipped sums of columns 0 to 7 and 16 to 23, and of 8 to 15 and 24 to 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<short> Low, Vector256<short> High) Product(
        Vector256<short> low, Vector256<short> high, byte* first, byte* second, Vector256<sbyte> e)
    {
        var (x, y) = (Vector256.Load(first), Vector256.Load(second));
        return (Avx2.Add(low, Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(x, y), e)), Avx2.Add(high, Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(x, y), e)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(Vector256<short> low, Vector256<short> high, int* sums)
    {
        Avx2.Add(Vector256.Load(sums), Avx2.ConvertToVector256Int32(low.GetLower())).Store(sums);
        Avx2.Add(Vector256.Load(sums + 8), Avx2.ConvertToVector256Int32(high.GetLower())).Store(sums + 8);
        Avx2.Add(Vector256.Load(sums + 16), Avx2.ConvertToVector256Int32(low.GetUpper())).Store(sums + 16);
        Avx2.Add(Vector256.Load(sums + 24), Avx2.ConvertToVector256Int32(high.GetUpper())).Store(sums + 24);
    }

    private readonly struct One : ITileWidth
    {
        public static int Vectors => 1;
    }

    private readonly struct Two : ITileWidth
    {
        public static int Vectors => 2;
    }

    private readonly struct Three : ITileWidth
    {
        public static int Vectors => 3;
    }

    private readonly struct Four : ITileWidth
    {
        public static int Vectors => 4;
    }

    private readonly struct Five : ITileWidth
    {
        public static int Vectors => 5;
    }

    private readonly struct Six : ITileWidth
    {
        public static int Vectors => 6;
    }
}
