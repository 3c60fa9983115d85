using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Gpu.SelfTest;

/// <summary>
/// The arithmetic of the kernels on a device that compiles them, at the ends of 32 and 64 bits, where a compiler that takes unsigned for signed
/// numbers, or a division for a shift, gives something else. The host computes what is expected; the tests compare the host with wider integers.
/// </summary>
internal static class ArithmeticCases
{
    private static readonly ulong[] Ends =
    [
        0, 1, 7, 128, 1UL << 20, 1UL << 30, 1UL << 31, 3UL << 30, 1UL << 32, 0xB504F333, 1UL << 40, 1UL << 62, 1UL << 63, 0xB504F333F9DE6484,
    ];

    /// <summary>Every word that is at most 1 from an end of a type or a power of two in use, and words without pattern.</summary>
    public static IReadOnlyList<long> Words { get; } =
    [
        .. Ends.SelectMany(edge => unchecked((ulong[])[edge - 1, edge, edge + 1, 0 - edge])).Distinct().Select(word => unchecked((long)word)),
        .. Enumerable.Range(0, 20).Select(i => unchecked((long)RandomBits.UInt64(new RandomKey(7, 1, 1), (ulong)i))),
    ];

    public static IEnumerable<BackendCase> All() =>
    [
        Case<ProductEdge>(),
        Case<HighProductEdge>(),
        Case<AddEdge>(),
        Case<MagnitudeEdge>(),
        Case<AbsoluteEdge>(),
        Case<RandomWideEdge>(),
        Case<RandomNarrowEdge>(),
        Case<HalfEvenEdge>(),
        Case<HalfAwayEdge>(),
        Case<QuotientEdge>(),
        Case<QuotientAwayEdge>(),
        Case<SaturatedEdge>(),
        Case<NearestLog2Edge>(),
        Case<DroppedEdge>(),
        Case<RandomQuotientEdge>(),
        Case<BinEdge>(),
        Case<ExponentialEdge>(),
        Case<ProbabilityEdge>(),
        Case<NegativeLogEdge>(),
        Case<ShiftEdge>(),
        Case<SaturatedSumEdge>(),
    ];

    /// <summary>The table of every backend, and for a device that compiles kernels their arithmetic first.</summary>
    public static IEnumerable<BackendCase> AndTable(IBackend device) => device is IlgpuBackend ? [.. All(), .. CaseTable.All] : CaseTable.All;

    private static BackendCase Case<TFunction>()
        where TFunction : struct, IEdgeFunction => new("arithmetic", typeof(TFunction).Name.Replace("Edge", string.Empty), backend =>
    {
        var (x, y) = (Words.SelectMany(word => Words.Select(_ => word)).ToArray(), Words.SelectMany(_ => Words).ToArray());
        if (backend is not IlgpuBackend device) return [[.. x.Zip(y, TFunction.Of)]];
        var results = device.Allocate(ElementType.Int64, new Shape(x.Length));
        device.Evaluate<TFunction>(device.With(ElementType.Int64, x), device.With(ElementType.Int64, y), results);
        return [device.Values(results)];
    });
}
