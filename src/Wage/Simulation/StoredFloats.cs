using System.Runtime.InteropServices;
using Wage.Simulation.Layers;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Simulation;

/// <summary>A float32 tensor as checkpoints keep it.</summary>
internal sealed class StoredFloats(string name, FloatTensor tensor, FloatStateCheck? require = null) : IStoredTensor
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public ElementType Type => ElementType.Float32;

    /// <inheritdoc/>
    public Shape Shape => tensor.Shape;

    /// <inheritdoc/>
    public void Lend(Action<ReadOnlySpan<byte>> use) => use(MemoryMarshal.AsBytes(tensor.Span));

    /// <inheritdoc/>
    public void RequireStorable(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != tensor.Shape.Length * sizeof(float))
            throw new WageException($"{name}: {bytes.Length} bytes were given, the model has {tensor.Shape.Length * sizeof(float)}.");
        var values = MemoryMarshal.Cast<byte, float>(bytes);
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i])) throw new WageException($"{name}: value {i} is {values[i]}, but must be a finite number.");
        }

        require?.Invoke(values);
    }

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<byte> bytes)
    {
        RequireStorable(bytes);
        MemoryMarshal.Cast<byte, float>(bytes).CopyTo(tensor.Span);
    }
}
