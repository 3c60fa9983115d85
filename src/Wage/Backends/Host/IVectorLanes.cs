using Wage.Numbers;

namespace Wage.Backends.Host;

/// <summary>Lanes that are neighbours in memory, of int8, int16 or int32.</summary>
/// <typeparam name="T">The lanes themselves.</typeparam>
internal unsafe interface IVectorLanes<T> : ILanes<T>
    where T : struct, IVectorLanes<T>
{
    /// <summary>How many there are.</summary>
    static abstract int Count { get; }

    /// <summary>The elements from here on.</summary>
    static abstract T Load<TElement>(TElement* from)
        where TElement : unmanaged;

    /// <summary>The least of the lanes.</summary>
    static abstract long Least(T x);

    /// <summary>The sum of the lanes, which must fit them.</summary>
    static abstract long Total(T x);

    /// <summary>Stores values that fit TElement.</summary>
    void Store<TElement>(TElement* to)
        where TElement : unmanaged;
}
