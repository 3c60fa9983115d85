namespace Wage.Numbers;

/// <summary>
/// A number, or several side by side: what formulas are written over, so that one text serves scalar loops, vectors and kernels. Comparisons give
/// all ones (-1) where they hold, else 0. Nothing here wraps as long as results fit <see cref="ValueBits"/> bits and a sign.
/// </summary>
/// <typeparam name="T">The lanes themselves.</typeparam>
public interface ILanes<T>
    where T : struct, ILanes<T>
{
    /// <summary>Bits of the greatest value: 31 or 63.</summary>
    static abstract int ValueBits { get; }

    /// <summary>This value in every lane.</summary>
    static abstract T Of(long value);

    /// <summary>x + y.</summary>
    static abstract T operator +(T x, T y);

    /// <summary>x - y.</summary>
    static abstract T operator -(T x, T y);

    /// <summary>x y.</summary>
    static abstract T operator *(T x, T y);

    /// <summary>The common bits.</summary>
    static abstract T operator &(T x, T y);

    /// <summary>The bits of either.</summary>
    static abstract T operator |(T x, T y);

    /// <summary>floor(x / 2^n), n from 0 to <see cref="ValueBits"/>.</summary>
    static abstract T ShiftRight(T x, int n);

    /// <summary>x 2^n, which must fit.</summary>
    static abstract T ShiftLeft(T x, int n);

    /// <summary>The same with a shift for each lane.</summary>
    static abstract T ShiftRight(T x, T n);

    /// <inheritdoc cref="ShiftRight(T, T)"/>
    static abstract T ShiftLeft(T x, T n);

    /// <summary>floor((x y + add) / 2^31) of 32 bits each, add not negative, x and y not both -2^31.</summary>
    static abstract T MultiplyHigh(T x, T y, T add);

    /// <summary>The greater one.</summary>
    static abstract T Max(T x, T y);

    /// <summary>The smaller one.</summary>
    static abstract T Min(T x, T y);

    /// <summary>-1 where x > y, else 0.</summary>
    static abstract T Greater(T x, T y);

    /// <summary>-1 where x = y, else 0.</summary>
    static abstract T Same(T x, T y);
}

/// <summary>One value of 64 bits: the reference and the portable kernels.</summary>
/// <param name="Value">The value.</param>
public readonly record struct Lane64(long Value) : ILanes<Lane64>
{
    /// <inheritdoc/>
    public static int ValueBits => 63;

    /// <inheritdoc/>
    public static Lane64 Of(long value) => new(value);

    /// <inheritdoc/>
    public static Lane64 operator +(Lane64 x, Lane64 y) => new(checked(x.Value + y.Value));

    /// <inheritdoc/>
    public static Lane64 operator -(Lane64 x, Lane64 y) => new(checked(x.Value - y.Value));

    /// <inheritdoc/>
    public static Lane64 operator *(Lane64 x, Lane64 y) => new(checked(x.Value * y.Value));

    /// <inheritdoc/>
    public static Lane64 operator &(Lane64 x, Lane64 y) => new(x.Value & y.Value);

    /// <inheritdoc/>
    public static Lane64 operator |(Lane64 x, Lane64 y) => new(x.Value | y.Value);

    /// <inheritdoc/>
    public static Lane64 ShiftRight(Lane64 x, int n) => new(x.Value >> n);

    /// <inheritdoc/>
    public static Lane64 ShiftLeft(Lane64 x, int n) => new(x.Value << n);

    /// <inheritdoc/>
    public static Lane64 ShiftRight(Lane64 x, Lane64 n) => new(x.Value >> (int)n.Value);

    /// <inheritdoc/>
    public static Lane64 ShiftLeft(Lane64 x, Lane64 n) => new(x.Value << (int)n.Value);

    /// <inheritdoc/>
    public static Lane64 MultiplyHigh(Lane64 x, Lane64 y, Lane64 add) => new(checked((x.Value * y.Value) + add.Value) >> 31);

    /// <inheritdoc/>
    public static Lane64 Max(Lane64 x, Lane64 y) => new(Math.Max(x.Value, y.Value));

    /// <inheritdoc/>
    public static Lane64 Min(Lane64 x, Lane64 y) => new(Math.Min(x.Value, y.Value));

    /// <inheritdoc/>
    public static Lane64 Greater(Lane64 x, Lane64 y) => new(x.Value > y.Value ? -1 : 0);

    /// <inheritdoc/>
    public static Lane64 Same(Lane64 x, Lane64 y) => new(x.Value == y.Value ? -1 : 0);
}

/// <summary>One value of 32 bits: kernels whose accumulators are proved to fit it.</summary>
/// <param name="Value">The value.</param>
public readonly record struct Lane32(int Value) : ILanes<Lane32>
{
    /// <inheritdoc/>
    public static int ValueBits => 31;

    /// <inheritdoc/>
    public static Lane32 Of(long value) => new((int)value);

    /// <inheritdoc/>
    public static Lane32 operator +(Lane32 x, Lane32 y) => new(checked(x.Value + y.Value));

    /// <inheritdoc/>
    public static Lane32 operator -(Lane32 x, Lane32 y) => new(checked(x.Value - y.Value));

    /// <inheritdoc/>
    public static Lane32 operator *(Lane32 x, Lane32 y) => new(checked(x.Value * y.Value));

    /// <inheritdoc/>
    public static Lane32 operator &(Lane32 x, Lane32 y) => new(x.Value & y.Value);

    /// <inheritdoc/>
    public static Lane32 operator |(Lane32 x, Lane32 y) => new(x.Value | y.Value);

    /// <inheritdoc/>
    public static Lane32 ShiftRight(Lane32 x, int n) => new(x.Value >> n);

    /// <inheritdoc/>
    public static Lane32 ShiftLeft(Lane32 x, int n) => new(x.Value << n);

    /// <inheritdoc/>
    public static Lane32 ShiftRight(Lane32 x, Lane32 n) => new(x.Value >> n.Value);

    /// <inheritdoc/>
    public static Lane32 ShiftLeft(Lane32 x, Lane32 n) => new(x.Value << n.Value);

    /// <inheritdoc/>
    public static Lane32 MultiplyHigh(Lane32 x, Lane32 y, Lane32 add) => new((int)(checked(((long)x.Value * y.Value) + add.Value) >> 31));

    /// <inheritdoc/>
    public static Lane32 Max(Lane32 x, Lane32 y) => new(Math.Max(x.Value, y.Value));

    /// <inheritdoc/>
    public static Lane32 Min(Lane32 x, Lane32 y) => new(Math.Min(x.Value, y.Value));

    /// <inheritdoc/>
    public static Lane32 Greater(Lane32 x, Lane32 y) => new(x.Value > y.Value ? -1 : 0);

    /// <inheritdoc/>
    public static Lane32 Same(Lane32 x, Lane32 y) => new(x.Value == y.Value ? -1 : 0);
}
