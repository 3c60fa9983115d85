using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>Four values of 64 bits on AVX2, which has no product, arithmetic shift or minimum of these: each is a few instructions.</summary>
/// <param name="Value">The values.</param>
internal readonly unsafe record struct Int64x4(Vector256<long> Value) : IVectorLanes<Int64x4>
{
    public static bool IsSupported => Avx2.IsSupported;

    public static int ValueBits => 63;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 Of(long value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 operator +(Int64x4 x, Int64x4 y) => new(Avx2.Add(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 operator -(Int64x4 x, Int64x4 y) => new(Avx2.Subtract(x.Value, y.Value));

    /// <summary>The low halves' product, and the two that reach the upper half alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 operator *(Int64x4 x, Int64x4 y)
    {
        var (low, other) = (x.Value.AsUInt32(), y.Value.AsUInt32());
        var high = Avx2.Multiply((x.Value >>> 32).AsUInt32(), other) + Avx2.Multiply(low, (y.Value >>> 32).AsUInt32());
        return new((Avx2.Multiply(low, other) + (high << 32)).AsInt64());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 operator &(Int64x4 x, Int64x4 y) => new(x.Value & y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 operator |(Int64x4 x, Int64x4 y) => new(x.Value | y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 ShiftRight(Int64x4 x, int n)
    {
        var sign = Avx2.CompareGreaterThan(Vector256<long>.Zero, x.Value);
        return new(((x.Value ^ sign) >>> n) ^ sign);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 ShiftLeft(Int64x4 x, int n) => new(x.Value << n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 ShiftRight(Int64x4 x, Int64x4 n)
    {
        var sign = Avx2.CompareGreaterThan(Vector256<long>.Zero, x.Value);
        return new(Avx2.ShiftRightLogicalVariable(x.Value ^ sign, n.Value.AsUInt64()) ^ sign);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 ShiftLeft(Int64x4 x, Int64x4 n) => new(Avx2.ShiftLeftLogicalVariable(x.Value, n.Value.AsUInt64()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 MultiplyHigh(Int64x4 x, Int64x4 y, Int64x4 add) => ShiftRight((x * y) + add, 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 Max(Int64x4 x, Int64x4 y) => new(Avx2.BlendVariable(y.Value, x.Value, Avx2.CompareGreaterThan(x.Value, y.Value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 Min(Int64x4 x, Int64x4 y) => new(Avx2.BlendVariable(x.Value, y.Value, Avx2.CompareGreaterThan(x.Value, y.Value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 Greater(Int64x4 x, Int64x4 y) => new(Avx2.CompareGreaterThan(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 Same(Int64x4 x, Int64x4 y) => new(Avx2.CompareEqual(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Least(Int64x4 x) => Math.Min(Math.Min(x.Value[0], x.Value[1]), Math.Min(x.Value[2], x.Value[3]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Total(Int64x4 x) => Vector256.Sum(x.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x4 Load<T>(T* from)
        where T : unmanaged => new(
            sizeof(T) == sizeof(long) ? Vector256.Load((long*)from)
            : sizeof(T) == sizeof(int) ? Avx2.ConvertToVector256Int64(Vector128.Load((int*)from))
            : sizeof(T) == sizeof(short) ? Avx2.ConvertToVector256Int64(Vector128.CreateScalarUnsafe(*(long*)from).AsInt16())
            : Avx2.ConvertToVector256Int64(Vector128.CreateScalarUnsafe(*(int*)from).AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* to)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(long))
        {
            Value.Store((long*)to);
            return;
        }

        var low = Avx2.PermuteVar8x32(Value.AsInt32(), Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6)).GetLower();
        if (sizeof(T) == sizeof(int)) low.Store((int*)to);
        else if (sizeof(T) == sizeof(short)) *(long*)to = Vector128.Narrow(low, low).AsInt64().ToScalar();
        else *(int*)to = Vector128.Narrow(Vector128.Narrow(low, low), default).AsInt32().ToScalar();
    }
}
