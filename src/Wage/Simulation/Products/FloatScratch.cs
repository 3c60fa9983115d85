using System.Runtime.CompilerServices;

namespace Wage.Simulation.Products;

/// <summary>Memory of products, which grows to the greatest need and is kept. The memory does not move.</summary>
internal sealed unsafe class FloatScratch
{
    private float[] values = [];

    /// <summary>The values that it holds.</summary>
    public long Length => values.LongLength;

    /// <summary>At least <paramref name="length"/> values, whatever they hold; valid until more is asked for.</summary>
    public float* Take(long length)
    {
        if (values.LongLength < length) values = GC.AllocateUninitializedArray<float>(checked((int)length), pinned: true);
        return (float*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(values));
    }
}
