using System.Security.Cryptography;
using System.Text;
using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Training;

/// <summary>What all stored tensors have in common.</summary>
internal static class StoredTensors
{
    /// <summary>SHA-256 over the tensors in order: name, type, shape, bytes.</summary>
    public static string Sha256(IEnumerable<IStoredTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.Type} {tensor.Shape}\n"));
            tensor.Lend(hash.AppendData);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>As a file describes it, with a copy of its bytes or none.</summary>
    public static SavedTensor Saved(this IStoredTensor tensor, bool withBytes)
    {
        byte[] copy = [];
        if (withBytes) tensor.Lend(bytes => copy = bytes.ToArray());
        return new SavedTensor(tensor.Name, tensor.Type, tensor.Shape, copy);
    }
}

/// <summary>What a quantizer or an update rule remembers.</summary>
internal sealed class StoredState(IBackend backend, NamedState state) : IStoredTensor
{
    /// <inheritdoc/>
    public string Name => state.Name;

    /// <inheritdoc/>
    public ElementType Type => state.Tensor.Type;

    /// <inheritdoc/>
    public Shape Shape => state.Tensor.Shape;

    /// <inheritdoc/>
    public void Lend(Action<ReadOnlySpan<byte>> use) => backend.Lend(state.Tensor, use);

    /// <summary>Any integers of the type.</summary>
    public void RequireStorable(ReadOnlySpan<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<byte> bytes)
    {
        backend.UploadBytes(bytes, state.Tensor);
        state.Loaded?.Invoke();
    }
}
