using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>The vectors of depthwise products: sums of 32 bits, and as many pairs of int16.</summary>
/// <typeparam name="TVector">A register of them.</typeparam>
internal unsafe interface IDepthwiseLanes<TVector>
    where TVector : struct
{
    /// <summary>Channels of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>A vector of pairs.</summary>
    static abstract TVector Load(int* from);

    /// <summary>sum + a0 b0 + a1 b1. No sum of two leaves 32 bits: of -32768 by itself there is at most one.</summary>
    static abstract TVector Add(TVector sum, int* a, TVector b);

    /// <summary>to = sum.</summary>
    static abstract void Store(TVector sum, int* to);

    /// <summary>As <see cref="Store"/>, past the caches; <paramref name="to"/> is a multiple of the vector's bytes.</summary>
    static abstract void Stream(TVector sum, int* to);

    /// <summary>to += sum.</summary>
    static abstract void AddTo<T>(TVector sum, T* to)
        where T : unmanaged, IBinaryInteger<T>;
}

/// <summary>What holds for vectors of every width.</summary>
internal static class DepthwiseLanes
{
    /// <summary>Channels of the widest vector: rows are whole multiples of it.</summary>
    public const int Most = 16;

    /// <summary>Channels that are done at once: the rows of pairs that a row of sums reads stay in a near cache.</summary>
    public const int Block = 128;

    /// <summary>Channels filled up to whole vectors.</summary>
    public static int Whole(int channels) => checked(channels + Most - 1) / Most * Most;

    /// <summary>
    /// Elements from one pixel of pairs to the next: an odd number of cache lines, so that a channel's pixels do not all fall into the same few sets.
    /// </summary>
    public static int Pitch(int channels) => Whole(channels) | Most;

    /// <summary>Two int16 as one element.</summary>
    public static int Pair(int first, int second) => (first & 0xFFFF) | (second << 16);
}

/// <summary>256 bits, in portable code where the machine has no AVX2.</summary>
internal readonly unsafe struct DepthwiseLanes256 : IDepthwiseLanes<Vector256<int>>
{
    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(int* from) => Vector256.Load(from);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sum, int* a, Vector256<int> b) => sum + Products(Vector256.Load(a), b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> sum, int* to) => sum.Store(to);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream(Vector256<int> sum, int* to) => sum.StoreAlignedNonTemporal(to);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo<T>(Vector256<int> sum, T* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(int))
        {
            (Vector256.Load((int*)to) + sum).Store((int*)to);
            return;
        }

        var (low, high) = Vector256.Widen(sum);
        (Vector256.Load((long*)to) + low).Store((long*)to);
        (Vector256.Load((long*)to + 4) + high).Store((long*)to + 4);
    }

    /// <summary>a0 b0 + a1 b1 of every pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Products(Vector256<int> a, Vector256<int> b) =>
        Avx2.IsSupported ? Avx2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()) : PortableProducts(a, b);

    /// <summary>The same in portable code.</summary>
    internal static Vector256<int> PortableProducts(Vector256<int> a, Vector256<int> b) =>
        (((a << 16) >> 16) * ((b << 16) >> 16)) + ((a >> 16) * (b >> 16));
}

/// <summary>512 bits, on machines with AVX-512 BW.</summary>
internal readonly unsafe struct DepthwiseLanes512 : IDepthwiseLanes<Vector512<int>>
{
    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    /// <inheritdoc/>
    public static int Count => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* from) => Vector512.Load(from);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Add(Vector512<int> sum, int* a, Vector512<int> b) =>
        sum + Avx512BW.MultiplyAddAdjacent(b.AsInt16(), Vector512.Load((short*)a));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<int> sum, int* to) => sum.Store(to);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream(Vector512<int> sum, int* to) => sum.StoreAlignedNonTemporal(to);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo<T>(Vector512<int> sum, T* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        DepthwiseLanes256.AddTo(sum.GetLower(), to);
        DepthwiseLanes256.AddTo(sum.GetUpper(), to + 8);
    }
}
