using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>
/// The errors of one filter that are not 0, with where their rows of inputs start. Behind a max pool at most one error of a window is not 0,
/// and ReLU clears half of the rest: what the list leaves out need not be multiplied.
/// </summary>
internal unsafe struct SparseList
{
    /// <summary>Where each entry's row starts, in bytes.</summary>
    public int* Offsets;

    /// <summary>The errors; a last one of 0 makes their number even.</summary>
    public sbyte* Values;

    /// <summary>The pairs of entries of each group.</summary>
    public ushort* Pairs;

    /// <summary>The number of entries, rounded up to pairs.</summary>
    public int Count;

    /// <summary>The number of groups.</summary>
    public int Groups;

    /// <summary>Room for the errors of this many positions, rounded up to pairs.</summary>
    public static int Capacity(int positions) => (positions + 1) & ~1;

    /// <summary>Appends the errors of one position that are not 0 to the lists of up to 32 filters.</summary>
    public static void Append(SparseList* lists, sbyte* e, int filters, int offset)
    {
        var left = filters == 32
            ? ~Vector256.Equals(Vector256.Load(e), Vector256<sbyte>.Zero).ExtractMostSignificantBits()
            : NonZero(e, filters);
        for (; left != 0; left &= left - 1)
        {
            var f = BitOperations.TrailingZeroCount(left);
            var list = lists + f;
            var n = list->Count++;
            list->Offsets[n] = offset;
            list->Values[n] = e[f];
        }
    }

    /// <summary>Cuts the list into groups, each as long as its positive and its negative values may be.</summary>
    public void Group()
    {
        if ((Count & 1) != 0)
        {
            (Offsets[Count], Values[Count]) = (Offsets[Count - 1], 0);
            Count++;
        }

        var sums = default(GroupSums);
        Groups = 0;
        var i = 0;
        for (; i + 8 <= Count; i += 8)
        {
            var values = Vector128.CreateScalar(*(long*)(Values + i)).AsSByte();
            var (more, less) = (Sum(Vector128.Max(values, Vector128<sbyte>.Zero)), Sum(-Vector128.Min(values, Vector128<sbyte>.Zero)));
            if (Math.Max(more, less) > SparseTile.MostSum)
            {
                GroupPairs(i, 4, ref sums);
                continue;
            }

            if (!sums.Takes(more, less)) Close(ref sums);
            sums = new(sums.Pairs + 4, sums.Positive + more, sums.Negative + less);
        }

        GroupPairs(i, (Count - i) / 2, ref sums);
        if (sums.Pairs > 0) Close(ref sums);
    }

    /// <summary>Ends the open group.</summary>
    private void Close(ref GroupSums sums)
    {
        Pairs[Groups++] = (ushort)sums.Pairs;
        sums = default;
    }

    /// <summary>Pairs from entry first on, each into the group that is open or into a new one.</summary>
    private void GroupPairs(int first, int count, ref GroupSums sums)
    {
        for (var i = first; i < first + (2 * count); i += 2)
        {
            int x = Values[i], y = Values[i + 1];
            var (more, less) = (Math.Max(x, 0) + Math.Max(y, 0), Math.Max(-x, 0) + Math.Max(-y, 0));
            if (!sums.Takes(more, less)) Close(ref sums);
            sums = new(sums.Pairs + 1, sums.Positive + more, sums.Negative + less);
        }
    }

    private static int Sum(Vector128<sbyte> values) => Sse2.SumAbsoluteDifferences(values.AsByte(), Vector128<byte>.Zero).AsInt32().ToScalar();

    private static uint NonZero(sbyte* e, int filters)
    {
        var bits = 0u;
        for (var f = 0; f < filters; f++) bits |= e[f] != 0 ? 1u << f : 0;
        return bits;
    }

    /// <summary>What the open group holds.</summary>
    private readonly record struct GroupSums(int Pairs, int Positive, int Negative)
    {
        public bool Takes(int more, int less) => Math.Max(Positive + more, Negative + less) <= SparseTile.MostSum;
    }
}
