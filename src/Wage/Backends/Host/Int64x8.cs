using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>Eight values of 64 bits. Only where AVX-512 has them; <see cref="Int64x4"/> elsewhere.</summary>
/// <param name="Value">The values.</param>
internal readonly unsafe record struct Int64x8(Vector512<long> Value) : IVectorLanes<Int64x8>
{
    public static bool IsSupported => Avx512DQ.IsSupported && Vector512.IsHardwareAccelerated;

    public static int ValueBits => 63;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 Of(long value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 operator +(Int64x8 x, Int64x8 y) => new(x.Value + y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 operator -(Int64x8 x, Int64x8 y) => new(x.Value - y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 operator *(Int64x8 x, Int64x8 y) => new(Avx512DQ.MultiplyLow(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 operator &(Int64x8 x, Int64x8 y) => new(x.Value & y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 operator |(Int64x8 x, Int64x8 y) => new(x.Value | y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 ShiftRight(Int64x8 x, int n) => new(x.Value >> n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 ShiftLeft(Int64x8 x, int n) => new(x.Value << n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 ShiftRight(Int64x8 x, Int64x8 n) => new(Avx512F.ShiftRightArithmeticVariable(x.Value, n.Value.AsUInt64()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 ShiftLeft(Int64x8 x, Int64x8 n) => new(Avx512F.ShiftLeftLogicalVariable(x.Value, n.Value.AsUInt64()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 MultiplyHigh(Int64x8 x, Int64x8 y, Int64x8 add) => ShiftRight((x * y) + add, 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 Max(Int64x8 x, Int64x8 y) => new(Vector512.Max(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 Min(Int64x8 x, Int64x8 y) => new(Vector512.Min(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 Greater(Int64x8 x, Int64x8 y) => new(Vector512.GreaterThan(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 Same(Int64x8 x, Int64x8 y) => new(Vector512.Equals(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Least(Int64x8 x)
    {
        var four = Vector256.Min(x.Value.GetLower(), x.Value.GetUpper());
        var two = Vector128.Min(four.GetLower(), four.GetUpper());
        return Math.Min(two[0], two[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Total(Int64x8 x) => Vector512.Sum(x.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int64x8 Load<T>(T* from)
        where T : unmanaged => new(
            sizeof(T) == sizeof(long) ? Vector512.Load((long*)from)
            : sizeof(T) == sizeof(int) ? Avx512F.ConvertToVector512Int64(Vector256.Load((int*)from))
            : sizeof(T) == sizeof(short) ? Avx512F.ConvertToVector512Int64(Vector128.Load((short*)from))
            : Avx512F.ConvertToVector512Int64(Vector128.CreateScalarUnsafe(*(long*)from).AsSByte()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* to)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(long)) Value.Store((long*)to);
        else if (sizeof(T) == sizeof(int)) Avx512F.ConvertToVector256Int32(Value).Store((int*)to);
        else if (sizeof(T) == sizeof(short)) Avx512F.ConvertToVector128Int16(Value).Store((short*)to);
        else *(long*)to = Avx512F.ConvertToVector128SByte(Value).AsInt64().ToScalar();
    }
}
