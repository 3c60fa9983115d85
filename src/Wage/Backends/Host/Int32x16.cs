using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>Sixteen values of 32 bits. Only where AVX-512 has them: .NET's own code for two halves is several times slower.</summary>
/// <param name="Value">The values.</param>
internal readonly unsafe record struct Int32x16(Vector512<int> Value) : IVectorLanes<Int32x16>
{
    public static bool IsSupported => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    public static int ValueBits => 31;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Of(long value) => new(Vector512.Create((int)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 operator +(Int32x16 x, Int32x16 y) => new(x.Value + y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 operator -(Int32x16 x, Int32x16 y) => new(x.Value - y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 operator *(Int32x16 x, Int32x16 y) => new(x.Value * y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 operator &(Int32x16 x, Int32x16 y) => new(x.Value & y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 operator |(Int32x16 x, Int32x16 y) => new(x.Value | y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 ShiftRight(Int32x16 x, int n) => new(x.Value >> n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 ShiftLeft(Int32x16 x, int n) => new(x.Value << n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 ShiftRight(Int32x16 x, Int32x16 n) => new(Avx512F.ShiftRightArithmeticVariable(x.Value, n.Value.AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 ShiftLeft(Int32x16 x, Int32x16 n) => new(Avx512F.ShiftLeftLogicalVariable(x.Value, n.Value.AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Max(Int32x16 x, Int32x16 y) => new(Vector512.Max(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Min(Int32x16 x, Int32x16 y) => new(Vector512.Min(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Greater(Int32x16 x, Int32x16 y) => new(Vector512.GreaterThan(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Same(Int32x16 x, Int32x16 y) => new(Vector512.Equals(x.Value, y.Value));

    /// <summary>Products of the even and of the odd lanes, 64 bits each, of which bits 31 to 62 are kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 MultiplyHigh(Int32x16 x, Int32x16 y, Int32x16 add)
    {
        var lower = Vector512.Create(0xFFFFFFFFL);
        var (oddX, oddY) = ((x.Value.AsInt64() >>> 32).AsInt32(), (y.Value.AsInt64() >>> 32).AsInt32());
        var even = Avx512F.Multiply(x.Value, y.Value) + (add.Value.AsInt64() & lower);
        var odd = Avx512F.Multiply(oddX, oddY) + (add.Value.AsInt64() >>> 32);
        return new(Vector512.ConditionalSelect(lower, even >>> 31, odd << 1).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Least(Int32x16 x) => Int32x8.Least(new(Vector256.Min(x.Value.GetLower(), x.Value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Total(Int32x16 x) => Vector512.Sum(x.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x16 Load<T>(T* from)
        where T : unmanaged => new(
            sizeof(T) == sizeof(int) ? Vector512.Load((int*)from)
            : sizeof(T) == sizeof(short) ? Avx512F.ConvertToVector512Int32(Vector256.Load((short*)from))
            : Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)from)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* to)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(int)) Value.Store((int*)to);
        else if (sizeof(T) == sizeof(short)) Avx512F.ConvertToVector256Int16(Value).Store((short*)to);
        else Avx512F.ConvertToVector128SByte(Value).Store((sbyte*)to);
    }
}
