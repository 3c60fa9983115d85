using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>Eight values of 32 bits.</summary>
/// <param name="Value">The values.</param>
internal readonly unsafe record struct Int32x8(Vector256<int> Value) : IVectorLanes<Int32x8>
{
    public static int ValueBits => 31;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Of(long value) => new(Vector256.Create((int)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator +(Int32x8 x, Int32x8 y) => new(x.Value + y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator -(Int32x8 x, Int32x8 y) => new(x.Value - y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator *(Int32x8 x, Int32x8 y) => new(x.Value * y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator &(Int32x8 x, Int32x8 y) => new(x.Value & y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator |(Int32x8 x, Int32x8 y) => new(x.Value | y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 ShiftRight(Int32x8 x, int n) => new(x.Value >> n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 ShiftLeft(Int32x8 x, int n) => new(x.Value << n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 ShiftRight(Int32x8 x, Int32x8 n) =>
        new(Avx2.IsSupported ? Avx2.ShiftRightArithmeticVariable(x.Value, n.Value.AsUInt32()) : OneByOne(x.Value, n.Value, static (x, n) => x >> n));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 ShiftLeft(Int32x8 x, Int32x8 n) =>
        new(Avx2.IsSupported ? Avx2.ShiftLeftLogicalVariable(x.Value, n.Value.AsUInt32()) : OneByOne(x.Value, n.Value, static (x, n) => x << n));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 MultiplyHigh(Int32x8 x, Int32x8 y, Int32x8 add) =>
        new(Avx2.IsSupported ? EvenAndOdd(x.Value, y.Value, add.Value) : PortableMultiplyHigh(x.Value, y.Value, add.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Max(Int32x8 x, Int32x8 y) => new(Vector256.Max(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Min(Int32x8 x, Int32x8 y) => new(Vector256.Min(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Greater(Int32x8 x, Int32x8 y) => new(Vector256.GreaterThan(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Same(Int32x8 x, Int32x8 y) => new(Vector256.Equals(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Load<T>(T* from)
        where T : unmanaged => new(
            sizeof(T) == sizeof(int) ? Vector256.Load((int*)from)
            : Vector256.WidenLower((
                sizeof(T) == sizeof(short) ? Vector128.Load((short*)from)
                : Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)from).AsSByte())).ToVector256Unsafe()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* to)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(int))
        {
            Value.Store((int*)to);
            return;
        }

        var words = Vector128.NarrowWithSaturation(Value.GetLower(), Value.GetUpper());
        if (sizeof(T) == sizeof(short)) words.Store((short*)to);
        else if (typeof(T) == typeof(byte)) *(long*)to = Vector128.Narrow(words, words).AsInt64().ToScalar();
        else *(long*)to = Vector128.NarrowWithSaturation(words, words).AsInt64().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Least(Int32x8 x)
    {
        var four = Vector128.Min(x.Value.GetLower(), x.Value.GetUpper());
        var two = Vector128.Min(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Math.Min(two[0], two[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Total(Int32x8 x) => Vector256.Sum(x.Value);

    /// <summary>Products of the even and of the odd lanes, 64 bits each, of which bits 31 to 62 are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> EvenAndOdd(Vector256<int> x, Vector256<int> y, Vector256<int> add)
    {
        var (oddX, oddY) = ((x.AsInt64() >>> 32).AsInt32(), (y.AsInt64() >>> 32).AsInt32());
        var even = Avx2.Multiply(x, y) + (add.AsInt64() & Vector256.Create(0xFFFFFFFFL));
        var odd = Avx2.Multiply(oddX, oddY) + (add.AsInt64() >>> 32);
        return Avx2.Blend((even >>> 31).AsInt32(), (odd << 1).AsInt32(), 0b1010_1010);
    }

    /// <summary>The same in portable code.</summary>
    internal static Vector256<int> PortableMultiplyHigh(Vector256<int> x, Vector256<int> y, Vector256<int> add)
    {
        var ((x0, x1), (y0, y1), (add0, add1)) = (Vector256.Widen(x), Vector256.Widen(y), Vector256.Widen(add));
        return Vector256.Narrow(((x0 * y0) + add0) >> 31, ((x1 * y1) + add1) >> 31);
    }

    private static Vector256<int> OneByOne(Vector256<int> x, Vector256<int> y, Func<int, int, int> of)
    {
        var results = x;
        for (var lane = 0; lane < Vector256<int>.Count; lane++) results = results.WithElement(lane, of(x[lane], y[lane]));
        return results;
    }
}
