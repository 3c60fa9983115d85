using Wage.Layers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Observation;

/// <summary>Where the layers of one network show their tensors. Without an observer nothing happens.</summary>
internal sealed class StepProbe
{
    /// <summary>Who looks; null: nobody.</summary>
    public IStepObserver? Observer { get; set; }

    /// <summary>True while somebody looks.</summary>
    public bool IsObserved => Observer is not null;

    /// <summary>Shows a signal.</summary>
    public void Show(
        string layer, Quantity quantity, in Signal signal, QuantizedRange? range = null, Tensor? statistic = null, ParameterKind? kind = null) =>
        Observer?.See(new StepTensor(layer, quantity, signal.Values, signal.FractionBits, signal.Exponent, range)
        {
            Statistic = statistic,
            Parameter = kind,
        });

    /// <summary>Shows plain integers: labels, positions.</summary>
    public void Show(string layer, Quantity quantity, Tensor values) => Observer?.See(new StepTensor(layer, quantity, values, 0));
}
