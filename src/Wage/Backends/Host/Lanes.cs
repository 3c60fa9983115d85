using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Wage.Backends.Host;

/// <summary>Sixteen elements of int8, int16 or int32 at a time, brought to the width in which an operation computes.</summary>
internal static unsafe class Lanes
{
    /// <summary>Elements of one load or store.</summary>
    public const int Count = 16;

    /// <summary>Sixteen int8 or int16 as int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> LoadWords<T>(T* from)
        where T : unmanaged
    {
        if (typeof(T) == typeof(short)) return Vector256.Load((short*)from);
        var (low, high) = Vector128.Widen(Vector128.Load((sbyte*)from));
        return Vector256.Create(low, high);
    }

    /// <summary>Sixteen int8, int16 or int32 as int32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<int> Low, Vector256<int> High) Load<T>(T* from)
        where T : unmanaged
    {
        if (typeof(T) == typeof(int)) return (Vector256.Load((int*)from), Vector256.Load((int*)from + 8));
        return Vector256.Widen(LoadWords(from));
    }

    /// <summary>Stores values that fit T, int8 or int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreWords<T>(Vector256<short> words, T* to)
        where T : unmanaged
    {
        if (typeof(T) == typeof(short)) words.Store((short*)to);
        else Vector128.Narrow(words.GetLower(), words.GetUpper()).Store((sbyte*)to);
    }

    /// <summary>Sets to zero the sixteen elements whose lane is all ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear<T>(Vector256<int> low, Vector256<int> high, T* at)
        where T : unmanaged
    {
        if (typeof(T) == typeof(int))
        {
            Vector256.AndNot(Vector256.Load((int*)at), low).Store((int*)at);
            Vector256.AndNot(Vector256.Load((int*)at + 8), high).Store((int*)at + 8);
            return;
        }

        var words = Vector256.Narrow(low, high);
        if (typeof(T) == typeof(short))
        {
            Vector256.AndNot(Vector256.Load((short*)at), words).Store((short*)at);
            return;
        }

        var bytes = Vector128.Narrow(words.GetLower(), words.GetUpper());
        Vector128.AndNot(Vector128.Load((sbyte*)at), bytes).Store((sbyte*)at);
    }
}
