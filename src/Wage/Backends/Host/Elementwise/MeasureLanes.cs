using System.Runtime.CompilerServices;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>What a loop of lanes keeps of all elements.</summary>
internal interface IMeasureLanes<TSelf, T>
    where TSelf : struct, IMeasureLanes<TSelf, T>
    where T : struct, IVectorLanes<T>
{
    /// <summary>Of no element yet; one beyond <paramref name="most"/> saturates.</summary>
    static abstract TSelf Of(long most);

    /// <summary>Lanes before the stage, 0 where they do not count, and their values.</summary>
    void Add(T v, T value);

    /// <summary>Adds what was kept.</summary>
    void Join(ref StageMeasure whole);
}

/// <summary>Nothing: the loop is compiled without it.</summary>
internal readonly struct NoMeasure<T> : IMeasureLanes<NoMeasure<T>, T>
    where T : struct, IVectorLanes<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NoMeasure<T> Of(long most) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T v, T value)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Join(ref StageMeasure whole)
    {
    }
}

/// <summary>The greatest magnitude alone, as <see cref="MeasureLanes{T}"/> has it.</summary>
internal struct MaximumLanes<T> : IMeasureLanes<MaximumLanes<T>, T>
    where T : struct, IVectorLanes<T>
{
    private T greatest;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MaximumLanes<T> Of(long most) => new() { greatest = T.Of(0) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T v, T value) => greatest = T.Min(greatest, T.Min(v, T.Of(0) - v));

    public readonly void Join(ref StageMeasure whole) => whole.Maximum = Math.Max(whole.Maximum, Wrapping.Absolute(T.Least(greatest)));
}

/// <summary>
/// <see cref="StageMeasure"/> in lanes; of fewer than 2^31 elements. Magnitudes are negative, -|v|, which lanes hold of every v. Four fields: the
/// compiler keeps no more of a struct in registers, and a sum in memory waits for its last store in every turn of the loop.
/// </summary>
internal struct MeasureLanes<T> : IMeasureLanes<MeasureLanes<T>, T>
    where T : struct, IVectorLanes<T>
{
    private T bound;
    private T greatest;
    private T saturated;
    private T underflowed;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MeasureLanes<T> Of(long most)
    {
        var zero = T.Of(0);
        var bound = T.ValueBits < 63 && most > int.MaxValue ? int.MinValue : -most;
        return new() { bound = T.Of(bound), greatest = zero, saturated = zero, underflowed = zero };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T v, T value)
    {
        var magnitude = T.Min(v, T.Of(0) - v);
        greatest = T.Min(greatest, magnitude);
        saturated -= T.Greater(bound, magnitude);
        underflowed -= T.Same(value, T.Of(0)) & T.Max(magnitude, T.Of(-1));
    }

    public readonly void Join(ref StageMeasure whole)
    {
        whole.Maximum = Math.Max(whole.Maximum, Wrapping.Absolute(T.Least(greatest)));
        whole.Saturated += T.Total(saturated);
        whole.Underflowed += T.Total(underflowed);
    }
}
