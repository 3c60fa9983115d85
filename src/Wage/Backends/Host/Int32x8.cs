using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>Eight values of 32 bits.</summary>
/// <param name="Value">The values.</param>
internal readonly record struct Int32x8(Vector256<int> Value) : ILanes<Int32x8>
{
    public static int ValueBits => 31;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Of(long value) => new(Vector256.Create((int)value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator +(Int32x8 x, Int32x8 y) => new(x.Value + y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator -(Int32x8 x, Int32x8 y) => new(x.Value - y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator &(Int32x8 x, Int32x8 y) => new(x.Value & y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 operator |(Int32x8 x, Int32x8 y) => new(x.Value | y.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 ShiftRight(Int32x8 x, int n) => new(x.Value >> n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 ShiftLeft(Int32x8 x, int n) => new(x.Value << n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Max(Int32x8 x, Int32x8 y) => new(Vector256.Max(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Min(Int32x8 x, Int32x8 y) => new(Vector256.Min(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Greater(Int32x8 x, Int32x8 y) => new(Vector256.GreaterThan(x.Value, y.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Int32x8 Same(Int32x8 x, Int32x8 y) => new(Vector256.Equals(x.Value, y.Value));
}
