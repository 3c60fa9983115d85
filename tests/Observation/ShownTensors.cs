using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Wage.Backends;
using Wage.Observation;

namespace Wage.Tests.Observation;

/// <summary>
/// One hash of every tensor that some steps show: layer, quantity, type, shape, exponent, fraction bits and elements. Within a step the order of
/// showing does not count; a tensor that is missing, shown twice or not the same does.
/// </summary>
internal sealed class ShownTensors(IBackend backend) : IStepObserver
{
    private readonly StringBuilder steps = new();
    private readonly List<string> tensors = [];

    /// <summary>Means came after the records: they are codes of what is pooled, whose hash is there.</summary>
    public void See(in StepTensor tensor)
    {
        if (tensor.Quantity == Quantity.Means) return;
        var elements = "";
        backend.Lend(tensor.Values, bytes => elements = Convert.ToHexStringLower(SHA256.HashData(bytes)));
        var (values, exponent) = (tensor.Values, backend.ReadScalar(tensor.Exponent));
        tensors.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{tensor.Layer} {tensor.Quantity} {values.Type} {values.Shape} {exponent} {tensor.FractionBits} {elements}"));
    }

    /// <summary>Closes a step.</summary>
    public void EndStep()
    {
        tensors.Sort(StringComparer.Ordinal);
        foreach (var tensor in tensors) steps.Append(tensor).Append('\n');
        steps.Append('\n');
        tensors.Clear();
    }

    /// <summary>SHA-256 of the steps so far.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(steps.ToString())));
}
