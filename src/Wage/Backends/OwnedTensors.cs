using Wage.Tensors;

namespace Wage.Backends;

/// <summary>The tensors of one object, which gives their memory back with itself: on a card nobody else does.</summary>
internal sealed class OwnedTensors(IBackend backend) : IDisposable
{
    private readonly List<Tensor> tensors = [];

    /// <summary>True when the memory was given back for good.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>A zeroed tensor.</summary>
    public Tensor Allocate(ElementType type, Shape shape) => Add(backend.Allocate(type, shape));

    /// <summary>A tensor that was made elsewhere and is nobody else's.</summary>
    public Tensor Add(Tensor tensor)
    {
        tensors.Add(tensor);
        return tensor;
    }

    /// <summary>Gives the memory of all tensors so far back, when the backend has done what it was asked for.</summary>
    public void Free()
    {
        try
        {
            backend.Synchronize();
        }
        catch (WageException)
        {
            // A device that failed, or is gone already, has nothing left to do; what it failed in was told when it did.
        }

        foreach (var tensor in tensors) tensor.Free();
        tensors.Clear();
    }

    /// <summary>The same once and for good.</summary>
    public void Dispose()
    {
        if (IsDisposed) return;
        IsDisposed = true;
        Free();
    }
}
