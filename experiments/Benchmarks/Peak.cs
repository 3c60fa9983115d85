using System.Diagnostics;
using System.Globalization;
using Wage.Backends;

namespace Wage.Experiments.Benchmarks;

/// <summary>
/// The most multiply-accumulates per second that a backend reached on this machine just now, on a large square product, which has neither
/// padding nor edges.
/// </summary>
/// <param name="Side">Rows, columns and terms of the square dense product.</param>
/// <param name="Runs">How many were timed; the fastest counts.</param>
/// <param name="MacsPerSecond">What the fastest reached.</param>
internal sealed record Peak(int Side, int Runs, double MacsPerSecond)
{
    private const int Huge = 8192, Large = 1024, Small = 128, Most = 20;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SmallIsSlow = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LargeIsFast = TimeSpan.FromMilliseconds(0.3);

    /// <summary>
    /// Measures for a second: 1024^3, or 128^3 where that already takes 10 ms, or 8192^3 where 1024^3 is over in 0.3 ms, much of which is no
    /// arithmetic: on cards.
    /// </summary>
    /// <param name="backend">What is measured.</param>
    /// <param name="weightLimit">The greatest weight, as in the network.</param>
    public static Peak Measure(IBackend backend, int weightLimit)
    {
        var small = Square(backend, Small, weightLimit);
        small.Run();
        var side = Fastest(backend, small, 1, out _) > SmallIsSlow ? Small : Large;
        var product = side == Small ? small : Square(backend, side, weightLimit);
        product.Run();
        var fastest = Fastest(backend, product, Most, out var runs);
        if (side == Large && fastest < LargeIsFast)
        {
            (side, product) = (Huge, Square(backend, Huge, weightLimit));
            product.Run();
            fastest = Fastest(backend, product, Most, out runs);
        }

        return new Peak(side, runs, product.Macs / fastest.TotalSeconds);
    }

    /// <summary>How it was found.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{MacsPerSecond / 1e9:0.0} GMAC/s, the fastest of {Runs} dense forward products ") +
        string.Create(CultureInfo.InvariantCulture, $"{Side} x {Side} x {Side} through the same backend, with weights of the same width");

    private static Product Square(IBackend backend, int side, int weightLimit) =>
        new(backend, ProductKind.Forward, ConvGeometry.Dense(side, side, side), weightLimit);

    private static TimeSpan Fastest(IBackend backend, Product product, int most, out int runs)
    {
        var (least, all) = (TimeSpan.MaxValue, Stopwatch.StartNew());
        for (runs = 0; runs < most && (runs == 0 || all.Elapsed < Enough); runs++)
        {
            var time = DeviceClock.Time(backend, product.Run);
            if (time < least) least = time;
        }

        return least;
    }
}
