using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Moves ranges of any tensor to and from int64, where every operation's formula is stated: the path of the rarer cases.</summary>
internal static unsafe class Elements
{
    /// <summary>Elements that are brought to int64 at a time.</summary>
    public const int Block = 512;

    /// <summary>to[i] = tensor[start + i].</summary>
    public static void Read(Tensor tensor, int start, int count, long* to)
    {
        switch (tensor)
        {
            case HostTensor<byte> t: Widen(t.Pointer + start, count, to); break;
            case HostTensor<sbyte> t: Widen(t.Pointer + start, count, to); break;
            case HostTensor<short> t: Widen(t.Pointer + start, count, to); break;
            case HostTensor<int> t: Widen(t.Pointer + start, count, to); break;
            default: Widen(((HostTensor<long>)tensor).Pointer + start, count, to); break;
        }
    }

    /// <summary>tensor[start + i] = from[i].</summary>
    /// <exception cref="OverflowException">A value does not fit the element type.</exception>
    public static void Write(long* from, Tensor tensor, int start, int count)
    {
        switch (tensor)
        {
            case HostTensor<byte> t: Narrow(from, count, t.Pointer + start); break;
            case HostTensor<sbyte> t: Narrow(from, count, t.Pointer + start); break;
            case HostTensor<short> t: Narrow(from, count, t.Pointer + start); break;
            case HostTensor<int> t: Narrow(from, count, t.Pointer + start); break;
            default: Narrow(from, count, ((HostTensor<long>)tensor).Pointer + start); break;
        }
    }

    private static void Widen<T>(T* from, int count, long* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        var i = 0;
        if (typeof(T) != typeof(byte) && Int64x8.IsSupported)
            for (; i + Int64x8.Count <= count; i += Int64x8.Count) Int64x8.Load(from + i).Store(to + i);
        if (typeof(T) != typeof(byte) && Int64x4.IsSupported)
            for (; i + Int64x4.Count <= count; i += Int64x4.Count) Int64x4.Load(from + i).Store(to + i);
        for (; i < count; i++) to[i] = long.CreateTruncating(from[i]);
    }

    private static void Narrow<T>(long* from, int count, T* to)
        where T : unmanaged, IBinaryInteger<T>
    {
        var i = 0;
        if (typeof(T) == typeof(int) && Int64x8.IsSupported)
        {
            // What does not fit ends the loop, and is refused below.
            for (; i + Int64x8.Count <= count; i += Int64x8.Count)
            {
                var narrow = Avx512F.ConvertToVector256Int32(Vector512.Load(from + i));
                if (Avx512F.ConvertToVector512Int64(narrow) != Vector512.Load(from + i)) break;
                narrow.Store((int*)to + i);
            }
        }

        for (; i < count; i++) to[i] = T.CreateChecked(from[i]);
    }
}
