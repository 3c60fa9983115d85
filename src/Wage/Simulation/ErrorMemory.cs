using Wage.Tensors;

namespace Wage.Simulation;

/// <summary>
/// Memory for the errors of layers that follow each other. Each reads one and writes another, which the layer before reads, so that two pieces of
/// memory in turns hold them all. What runs inside a layer has pieces of its own, which layers that follow each other share.
/// </summary>
internal sealed class ErrorMemory
{
    private readonly FloatPiece[] turns = [new(), new()];
    private readonly FloatPiece beside = new();
    private readonly List<ErrorMemory> inside = [];
    private int turn;

    /// <summary>All pieces.</summary>
    public IEnumerable<FloatPiece> Pieces => [.. turns, beside, .. inside.SelectMany(memory => memory.Pieces)];

    /// <summary>The error that the next layer writes: it lasts until the one before has run.</summary>
    public FloatTensor Next(Shape shape) => turns[turn = 1 - turn].Tensor(shape);

    /// <summary>What a layer needs beside the errors that it reads and writes: it lasts while that layer runs.</summary>
    public FloatTensor Beside(Shape shape) => beside.Tensor(shape);

    /// <summary>The memory of the layers of a branch.</summary>
    /// <param name="branch">Branches with different numbers have different memory.</param>
    public ErrorMemory Inside(int branch)
    {
        while (inside.Count <= branch) inside.Add(new ErrorMemory());
        return inside[branch];
    }
}

/// <summary>Memory that tensors share, of which one is in use at a time; it is as long as the longest.</summary>
internal sealed class FloatPiece
{
    private readonly List<FloatTensor> tensors = [];

    /// <summary>Those that share it.</summary>
    public IReadOnlyList<FloatTensor> Tensors => tensors;

    /// <summary>The elements of the longest.</summary>
    public int Length => tensors.Count == 0 ? 0 : tensors.Max(tensor => tensor.Shape.Length);

    /// <summary>A tensor that has memory after <see cref="Place"/>.</summary>
    public FloatTensor Tensor(Shape shape)
    {
        var tensor = FloatTensor.Planned(shape);
        tensors.Add(tensor);
        return tensor;
    }

    /// <summary>Gives all their memory.</summary>
    public void Place()
    {
        if (Length == 0) return;
        var memory = new FloatTensor(new Shape(Length));
        foreach (var tensor in tensors) tensor.Place(memory);
    }
}
