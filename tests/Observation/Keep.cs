using Wage.Backends;
using Wage.Observation;
using Wage.SelfTest;

namespace Wage.Tests.Observation;

/// <summary>An observer that keeps a copy of everything.</summary>
internal sealed class Keep(IBackend backend) : IStepObserver
{
    private readonly List<(StepTensor Tensor, long[] Values, long Exponent)> seen = [];

    public IReadOnlyList<(StepTensor Tensor, long[] Values, long Exponent)> Seen => seen;

    public void See(in StepTensor tensor) =>
        seen.Add((tensor, backend.Values(tensor.Values), tensor.Exponent is null ? 0 : backend.Values(tensor.Exponent)[0]));

    public (StepTensor Tensor, long[] Values, long Exponent) Of(string layer, Quantity quantity) =>
        seen.Single(s => s.Tensor.Layer == layer && s.Tensor.Quantity == quantity);
}

/// <summary>Shows a step to several observers.</summary>
internal sealed class Several(params IStepObserver[] observers) : IStepObserver
{
    public void See(in StepTensor tensor)
    {
        foreach (var observer in observers) observer.See(tensor);
    }
}
