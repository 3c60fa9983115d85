using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>clamp(v, +-limit 2^s), s = <see cref="StageTensors.Range"/>, at most 2^31 - 1: what few bits of one scale can tell apart.</summary>
/// <param name="Limit">Below 2^7.</param>
public readonly record struct UnitClip(int Limit) : IOutputStage
{
    /// <inheritdoc/>
    public int Exponent(long range) => 0;

    /// <inheritdoc/>
    public int RandomBits(long range) => 0;

    /// <inheritdoc/>
    public bool FitsInt32(long range) => true;

    /// <inheritdoc/>
    public StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T>
    {
        var most = Math.Min((long)Limit << (int)Math.Max(Math.Min(range, UnitShift.Most), 0), int.MaxValue);
        return new() { A = T.Of(most), B = T.Of(checked(-most)) };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T> => T.Max(T.Min(v, k.A), k.B);

    /// <summary>Nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T> => T.Of(0);
}
