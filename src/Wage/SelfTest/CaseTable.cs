namespace Wage.SelfTest;

/// <summary>Every operation of a backend, over inputs that are hard to get right. The tests and `wage selftest` run the same table.</summary>
internal static class CaseTable
{
    public static IEnumerable<BackendCase> All =>
    [
        .. BoundCases.All(), .. ProductCases.All(), .. StageCases.All(), .. AffineCases.All(), .. ElementwiseCases.All(), .. QuantizationCases.All(),
        .. RangeCases.All(), .. PoolingCases.All(), .. LoadingCases.All(), .. CountingCases.All(), .. ColumnCases.All(),
        .. NormalizationCases.All(), .. UnitCases.All(), .. ErrorSumCases.All(), .. ColumnSumCases.All(), .. MomentumCases.All(),
    ];
}
