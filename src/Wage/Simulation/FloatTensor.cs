using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>float32 values in pinned host memory, row-major. With the integers' <see cref="Tensor"/> it shares its shape, no more.</summary>
public sealed class FloatTensor
{
    private float[] values;

    /// <summary>Zeros.</summary>
    public FloatTensor(Shape shape)
        : this(shape, GC.AllocateArray<float>(shape.Length, pinned: true))
    {
    }

    private FloatTensor(Shape shape, float[] values) => (Shape, this.values) = (shape, values);

    /// <summary>The extents, slowest first.</summary>
    public Shape Shape { get; }

    /// <summary>The values.</summary>
    public Span<float> Span => values.AsSpan(0, Math.Min(values.Length, Shape.Length));

    /// <summary>The first value. The memory does not move.</summary>
    internal unsafe float* Pointer => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref values[0]);

    /// <summary>A tensor without memory: a model that is only counted has such.</summary>
    internal static FloatTensor Planned(Shape shape) => new(shape, []);

    /// <summary>Gives a tensor without memory that of another, or its first part.</summary>
    internal void Place(FloatTensor memory) => values = memory.values;
}
