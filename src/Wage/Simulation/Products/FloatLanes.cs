using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Wage.Simulation.Products;

/// <summary>
/// Some float32 values side by side, each on its own: what one lane gives does not depend on how many there are. <see cref="MultiplyAdd"/> rounds
/// once, on every machine: where there is no such instruction, the runtime computes it.
/// </summary>
internal unsafe interface IFloatLanes<T>
    where T : struct, IFloatLanes<T>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    /// <summary>The same value in each.</summary>
    static abstract T Of(float value);

    static abstract T Load(float* from);

    static abstract T operator +(T a, T b);

    static abstract T operator -(T a, T b);

    static abstract T operator *(T a, T b);

    static abstract T operator /(T a, T b);

    static abstract T SquareRoot(T value);

    /// <summary>a &lt;= b ? yes : no; a NaN is not.</summary>
    static abstract T IfLessOrEqual(T a, T b, T yes, T no);

    /// <summary>a b + sum, rounded once.</summary>
    static abstract T MultiplyAdd(T a, T b, T sum);

    void Store(float* to);
}

/// <summary>One value: the definition.</summary>
internal readonly unsafe struct OneFloat(float value) : IFloatLanes<OneFloat>
{
    private readonly float value = value;

    public static int Count => 1;

    public static OneFloat Of(float value) => new(value);

    public static OneFloat Load(float* from) => new(*from);

    public static OneFloat operator +(OneFloat a, OneFloat b) => new(a.value + b.value);

    public static OneFloat operator -(OneFloat a, OneFloat b) => new(a.value - b.value);

    public static OneFloat operator *(OneFloat a, OneFloat b) => new(a.value * b.value);

    public static OneFloat operator /(OneFloat a, OneFloat b) => new(a.value / b.value);

    public static OneFloat SquareRoot(OneFloat value) => new(MathF.Sqrt(value.value));

    public static OneFloat IfLessOrEqual(OneFloat a, OneFloat b, OneFloat yes, OneFloat no) => a.value <= b.value ? yes : no;

    public static OneFloat MultiplyAdd(OneFloat a, OneFloat b, OneFloat sum) => new(MathF.FusedMultiplyAdd(a.value, b.value, sum.value));

    public void Store(float* to) => *to = value;
}

/// <summary>Four values.</summary>
internal readonly unsafe struct FourFloats(Vector128<float> value) : IFloatLanes<FourFloats>
{
    private readonly Vector128<float> value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats Of(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats Load(float* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats operator +(FourFloats a, FourFloats b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats operator -(FourFloats a, FourFloats b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats operator *(FourFloats a, FourFloats b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats operator /(FourFloats a, FourFloats b) => new(a.value / b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats SquareRoot(FourFloats value) => new(Vector128.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats IfLessOrEqual(FourFloats a, FourFloats b, FourFloats yes, FourFloats no) =>
        new(Vector128.ConditionalSelect(Vector128.LessThanOrEqual(a.value, b.value), yes.value, no.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourFloats MultiplyAdd(FourFloats a, FourFloats b, FourFloats sum) =>
        new(Vector128.FusedMultiplyAdd(a.value, b.value, sum.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);
}

/// <summary>Eight values.</summary>
internal readonly unsafe struct EightFloats(Vector256<float> value) : IFloatLanes<EightFloats>
{
    private readonly Vector256<float> value = value;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats Of(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats operator +(EightFloats a, EightFloats b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats operator -(EightFloats a, EightFloats b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats operator *(EightFloats a, EightFloats b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats operator /(EightFloats a, EightFloats b) => new(a.value / b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats SquareRoot(EightFloats value) => new(Vector256.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats IfLessOrEqual(EightFloats a, EightFloats b, EightFloats yes, EightFloats no) =>
        new(Vector256.ConditionalSelect(Vector256.LessThanOrEqual(a.value, b.value), yes.value, no.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightFloats MultiplyAdd(EightFloats a, EightFloats b, EightFloats sum) =>
        new(Vector256.FusedMultiplyAdd(a.value, b.value, sum.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);
}

/// <summary>Sixteen values.</summary>
internal readonly unsafe struct SixteenFloats(Vector512<float> value) : IFloatLanes<SixteenFloats>
{
    private readonly Vector512<float> value = value;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats Of(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats operator +(SixteenFloats a, SixteenFloats b) => new(a.value + b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats operator -(SixteenFloats a, SixteenFloats b) => new(a.value - b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats operator *(SixteenFloats a, SixteenFloats b) => new(a.value * b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats operator /(SixteenFloats a, SixteenFloats b) => new(a.value / b.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats SquareRoot(SixteenFloats value) => new(Vector512.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats IfLessOrEqual(SixteenFloats a, SixteenFloats b, SixteenFloats yes, SixteenFloats no) =>
        new(Vector512.ConditionalSelect(Vector512.LessThanOrEqual(a.value, b.value), yes.value, no.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenFloats MultiplyAdd(SixteenFloats a, SixteenFloats b, SixteenFloats sum) =>
        new(Vector512.FusedMultiplyAdd(a.value, b.value, sum.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => value.Store(to);
}
