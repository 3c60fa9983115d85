using ILGPU;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>One element at a time.</summary>
internal static class Elementwise
{
    /// <summary>z = f(x, y).</summary>
    public static void Combine<TX, TY, TZ, F>(ArrayView<byte> x, ArrayView<byte> y, F function, ArrayView<byte> z, int length)
        where TX : struct, IElement
        where TY : struct, IElement
        where TZ : struct, IElement
        where F : unmanaged, IPairFunction
    {
        for (var i = Threads.First; i < length; i += Threads.Step) TZ.Set(z, i, function.Of(TX.Get(x, i), TY.Get(y, i)));
    }

    /// <summary>y[r, first + c] = x[r, c].</summary>
    public static void CopyColumns<TX>(ArrayView<byte> x, Columns columns, ArrayView<byte> y, int length)
        where TX : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step) TX.Set(y, columns.Place((int)i), TX.Get(x, i));
    }

    /// <summary>y = table[x - least], x within the table.</summary>
    public static void Lookup<TX, TY>(ArrayView<byte> x, int least, ArrayView<byte> table, int entries, ArrayView<byte> y, int length)
        where TX : struct, IElement
        where TY : struct, IElement
    {
        for (var i = Threads.First; i < length; i += Threads.Step) TY.Set(y, i, TY.Get(table, TableIndex.Of(TX.Get(x, i), least, entries)));
    }

    /// <summary>y = 2^shift times the values that are packed in x.</summary>
    public static void Unpack(ArrayView<byte> x, int bits, int shift, ArrayView<byte> y, int length)
    {
        for (var i = Threads.First; i < length; i += Threads.Step)
        {
            var first = checked(i * bits);
            y[i] = (byte)((SignedCodes.Of(x[first >> 3], bits, (int)(first & 7)) << shift) & 0xFF);
        }
    }
}
