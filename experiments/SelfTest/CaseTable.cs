using Wage.Backends;
using Wage.Gpu;

namespace Wage.Experiments.SelfTest;

/// <summary>Every operation of a backend, over inputs that are hard to get right. The tests and `wage selftest` run the same table.</summary>
internal static class CaseTable
{
    public static IEnumerable<BackendCase> All =>
    [
        .. BoundCases.All(), .. ProductCases.All(), .. StageCases.All(), .. AffineCases.All(), .. ElementwiseCases.All(), .. QuantizationCases.All(),
        .. PoolingCases.All(), .. LoadingCases.All(), .. CountingCases.All(),
    ];

    /// <summary>The table, and for a device that compiles kernels their arithmetic first.</summary>
    public static IEnumerable<BackendCase> For(IBackend device) => device is IlgpuBackend ? [.. ArithmeticCases.All(), .. All] : All;
}
