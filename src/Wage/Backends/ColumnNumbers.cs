using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>A column's constants in host memory.</summary>
internal readonly struct HostColumn(HostTensor? constants, int column, int columns) : IColumnConstants<Lane64>
{
    /// <inheritdoc/>
    public Lane64 At(int row) => new(constants![checked((row * columns) + column)]);
}

/// <summary>The numbers of a column in host memory.</summary>
internal readonly record struct HostNumbers : IColumnNumbers
{
    private readonly HostTensor? input0, input1, input2, input3, output0, output1, output2;

    /// <summary>Of these tensors.</summary>
    /// <exception cref="ArgumentException">They are too many, of other types or lengths.</exception>
    public HostNumbers(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs, int columns)
    {
        Require(inputs, outputs, columns);
        Columns = columns;
        (input0, input1, input2, input3) = (At(inputs, 0), At(inputs, 1), At(inputs, 2), At(inputs, 3));
        (output0, output1, output2) = (At(outputs, 0), At(outputs, 1), At(outputs, 2));

        static HostTensor? At(ReadOnlySpan<Tensor> tensors, int i) => i < tensors.Length ? (HostTensor)tensors[i] : null;
    }

    /// <inheritdoc/>
    public int Column { get; init; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <inheritdoc/>
    public long Get(int input, int row, int column)
    {
        var tensor = input switch { 0 => input0, 1 => input1, 2 => input2, _ => input3 };
        return tensor![tensor.Length == 1 ? 0 : checked((row * Columns) + column)];
    }

    /// <inheritdoc/>
    public void Set(int output, int row, long value)
    {
        var tensor = output switch { 0 => output0, 1 => output1, _ => output2 };
        tensor![tensor.Length == 1 ? 0 : checked((row * Columns) + Column)] = value;
    }

    /// <summary>Refuses what <see cref="IBackend.EachColumn{F}"/> does not take.</summary>
    /// <exception cref="ArgumentException">See above.</exception>
    public static void Require(ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs, int columns)
    {
        if (columns < 1 || inputs.Length is 0 or > 4 || outputs.Length is 0 or > 3)
            throw new ArgumentException($"columns: {columns} of {inputs.Length} inputs and {outputs.Length} outputs; 1 to 4 and 1 to 3 are taken");
        RequireEach(inputs, columns);
        RequireEach(outputs, columns);
    }

    private static void RequireEach(ReadOnlySpan<Tensor> tensors, int columns)
    {
        foreach (var tensor in tensors)
        {
            var fits = tensor.Type is ElementType.Int32 or ElementType.Int64 && (tensor.Length == 1 || tensor.Length % columns == 0);
            if (fits) continue;
            throw new ArgumentException($"columns: {tensor.Type} {tensor.Shape} has not Int32 or Int64 for each of {columns} columns");
        }
    }
}
