using System.Runtime.CompilerServices;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>What a loop of lanes keeps of all elements.</summary>
internal interface IMeasureLanes<T>
    where T : struct, IVectorLanes<T>
{
    /// <summary>Lanes before the stage, 0 where they do not count, and their values.</summary>
    void Add(T v, T value);

    /// <summary>Adds what was kept.</summary>
    void Join(ref StageMeasure whole);
}

/// <summary>Nothing: the loop is compiled without it.</summary>
internal readonly struct NoMeasure<T> : IMeasureLanes<T>
    where T : struct, IVectorLanes<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T v, T value)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Join(ref StageMeasure whole)
    {
    }
}

/// <summary><see cref="StageMeasure"/> in lanes; at most 2^31 vectors.</summary>
internal struct MeasureLanes<T> : IMeasureLanes<T>
    where T : struct, IVectorLanes<T>
{
    private T most;
    private T least;
    private T greatest;
    private T smallest;
    private T saturated;
    private T underflowed;

    /// <summary>An element beyond <paramref name="most"/> saturates.</summary>
    public static MeasureLanes<T> Of(long most)
    {
        var zero = T.Of(0);
        var (upper, lower) = most > int.MaxValue ? (int.MaxValue, int.MinValue) : ((int)most, -(int)most);
        return new()
        {
            most = T.Of(upper),
            least = T.Of(lower),
            greatest = zero,
            smallest = zero,
            saturated = zero,
            underflowed = zero,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T v, T value)
    {
        greatest = T.Max(greatest, v);
        smallest = T.Min(smallest, v);
        saturated -= T.Greater(v, most) | T.Greater(least, v);
        underflowed -= T.Same(value, T.Of(0)) & (T.Of(-1) - T.Same(v, T.Of(0)));
    }

    public readonly unsafe void Join(ref StageMeasure whole)
    {
        var lanes = stackalloc int[T.Count];
        greatest.Store(lanes);
        for (var i = 0; i < T.Count; i++) whole.Maximum = Math.Max(whole.Maximum, lanes[i]);
        smallest.Store(lanes);
        for (var i = 0; i < T.Count; i++) whole.Maximum = Math.Max(whole.Maximum, -(long)lanes[i]);
        saturated.Store(lanes);
        for (var i = 0; i < T.Count; i++) whole.Saturated += lanes[i];
        underflowed.Store(lanes);
        for (var i = 0; i < T.Count; i++) whole.Underflowed += lanes[i];
    }
}
