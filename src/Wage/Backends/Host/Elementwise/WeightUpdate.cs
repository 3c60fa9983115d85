using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>
/// WeightClip in 16-bit lanes. A difference that saturates the lanes is beyond every limit, so the rule's own limit still decides.
/// </summary>
internal static unsafe class WeightUpdate
{
    /// <summary>
    /// The first elements of n, in whole vectors; returns how many. Requires the rule's limits in [0, what T holds]; T is int8 or int16.
    /// </summary>
    public static int Run<T>(short* update, in WeightClip rule, T* stored, int n)
        where T : unmanaged, IBinaryInteger<T>
    {
        var clip = Vector256.Create((short)rule.Clip);
        var storage = Vector256.Create((short)rule.Storage);
        var i = 0;
        for (; i + Lanes.Count <= n; i += Lanes.Count)
        {
            var w = Lanes.LoadWords(stored + i);
            var step = Vector256.Load(update + i);
            w = rule.ClipFirst
                ? Limit(Vector256.SubtractSaturate(Limit(w, clip), step), storage)
                : Limit(Vector256.SubtractSaturate(w, step), clip);
            Lanes.StoreWords(w, stored + i);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Limit(Vector256<short> x, Vector256<short> limit) => Vector256.Max(Vector256.Min(x, limit), -limit);
}
