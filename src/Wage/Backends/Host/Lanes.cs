using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

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
        return Widen(Vector128.Load((sbyte*)from));
    }

    /// <summary>Sixteen int8 as int16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Widen(Vector128<sbyte> x)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int16(x);
        var (low, high) = Vector128.Widen(x);
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

    /// <summary>Whether the two zips are instructions of this machine; where not, they must not be called.</summary>
    public static bool CanZip => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>x0 y0 x1 y1 ... of the lower halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> ZipLow(Vector128<sbyte> x, Vector128<sbyte> y) =>
        Sse2.IsSupported ? Sse2.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    /// <inheritdoc cref="ZipLow(Vector128{sbyte}, Vector128{sbyte})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> ZipLow(Vector128<short> x, Vector128<short> y) =>
        Sse2.IsSupported ? Sse2.UnpackLow(x, y) : AdvSimd.Arm64.ZipLow(x, y);

    /// <summary>The same of the upper halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<sbyte> ZipHigh(Vector128<sbyte> x, Vector128<sbyte> y) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);

    /// <inheritdoc cref="ZipHigh(Vector128{sbyte}, Vector128{sbyte})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> ZipHigh(Vector128<short> x, Vector128<short> y) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(x, y) : AdvSimd.Arm64.ZipHigh(x, y);
}
