using System.Numerics;
using System.Text.Json;
using Wage.Backends;
using Wage.Numbers;
using Wage.Observation;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Experiments.Traces;

/// <summary>
/// Writes every tensor that a step shows, with the shifts and the random words that its quantizers used: LAYER.QUANTITY.npy in one folder.
/// </summary>
/// <param name="backend">Where the tensors are.</param>
/// <param name="arrays">Where the arrays go.</param>
/// <param name="folder">The step's folder, below that of the trace.</param>
/// <param name="rule">How a layer's gradients become updates in this step.</param>
/// <param name="key">The random bits of a layer's updates.</param>
internal sealed class StepTrace(
    IBackend backend, TraceArrays arrays, string folder, Func<string, GradientRule> rule, Func<string, RandomKey> key) : IStepObserver
{
    private readonly List<TracedTensor> tensors = [];
    private readonly Dictionary<string, long> exponents = [];
    private readonly Dictionary<string, long> maxima = [];

    /// <summary>What was written.</summary>
    public IReadOnlyList<TracedTensor> Tensors => tensors;

    /// <inheritdoc/>
    public void See(in StepTensor tensor)
    {
        var (host, exponent) = (backend.Read(tensor.Values), backend.ReadScalar(tensor.Exponent));
        Write(tensor, host, exponent);
        switch (tensor.Quantity)
        {
            case Quantity.ErrorInputs: exponents[tensor.Layer] = exponent; break;
            case Quantity.Errors: WriteScalar(tensor.Layer, "errorShift", exponent - exponents[tensor.Layer]); break;
            case Quantity.Gradients: maxima[tensor.Layer] = Maximum(host); break;
            case Quantity.Updates: WriteRandom(tensor.Layer, host.Shape); break;
        }
    }

    /// <summary>Writes what quantizers and update rules remember, before the step and, as "updated...", behind it.</summary>
    public void See(IEnumerable<NamedState> states, bool isAfter)
    {
        foreach (var state in states)
        {
            var (dot, host) = (state.Name.LastIndexOf('.'), backend.Read(state.Tensor));
            var (owner, name) = (state.Name[..dot], state.Name[(dot + 1)..]);
            var quantity = isAfter ? $"updated{char.ToUpperInvariant(name[0])}{name[1..]}" : name;
            var described = new TracedTensor(owner, quantity, string.Empty, string.Empty, [], null, null, null);
            Add(described, file => arrays.Write(file, host), TraceArrays.ExtentsOf(host.Shape));
        }
    }

    private static long Maximum(HostTensor values)
    {
        var most = 0L;
        for (var i = 0; i < values.Length; i++) most = Math.Max(most, Math.Abs(values[i]));
        return most;
    }

    private void Write(in StepTensor tensor, HostTensor host, long exponent)
    {
        var (layer, quantity) = (tensor.Layer, JsonNamingPolicy.CamelCase.ConvertName(tensor.Quantity.ToString()));
        int? fractionBits = tensor.Quantity is Quantity.Labels or Quantity.PoolPositions ? null : tensor.FractionBits;
        var described = new TracedTensor(
            layer, quantity, string.Empty, string.Empty, [], fractionBits, fractionBits is null ? null : exponent, tensor.Range?.Limit);
        Add(described, file => arrays.Write(file, host), TraceArrays.ExtentsOf(host.Shape));
    }

    private void Write<T>(TracedTensor described, T[] values, Shape shape)
        where T : unmanaged, IBinaryInteger<T>
    {
        var extents = TraceArrays.ExtentsOf(shape);
        Add(described, file => arrays.Write<T>(file, values, extents), extents);
    }

    private void Add(TracedTensor described, Func<string, string> write, int[] extents)
    {
        var file = $"{folder}/{described.Layer}.{described.Quantity}.npy";
        tensors.Add(described with { File = file, Type = write(file), Shape = extents });
    }

    private void WriteScalar(string layer, string quantity, long value) =>
        Write<long>(new TracedTensor(layer, quantity, string.Empty, string.Empty, [], null, null, null), [value], new Shape(1));

    /// <summary>The scale's exponent, and the word of each element, of which the low bits decide.</summary>
    private void WriteRandom(string layer, Shape shape)
    {
        var maximum = maxima[layer];
        var (scale, bits) = (new GradientScale(maximum, rule(layer)), key(layer));
        WriteScalar(layer, "gradientShift", maximum == 0 ? 0 : FixedPoint.RoundedLog2(maximum));
        var described = new TracedTensor(layer, "randomWords", string.Empty, string.Empty, [], null, null, null);
        if (scale.NeedsWideRandom)
        {
            var words = new ulong[shape.Length];
            for (var i = 0; i < words.Length; i++) words[i] = scale.Random(bits, i);
            Write<ulong>(described, words, shape);
        }
        else
        {
            var words = new uint[shape.Length];
            for (var i = 0; i < words.Length; i++) words[i] = (uint)scale.Random(bits, i);
            Write<uint>(described, words, shape);
        }
    }
}
