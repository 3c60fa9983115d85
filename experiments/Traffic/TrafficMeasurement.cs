using System.Diagnostics;
using System.Numerics;
using Wage.Backends;
using Wage.Diagnostics;
using Wage.Experiments.Benchmarks;
using Wage.Layers;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Experiments.Traffic;

/// <summary>What a layer moved and how long it took.</summary>
/// <param name="Bytes">Of the operands of all operations, as they were counted.</param>
/// <param name="StaticSeconds">The fastest pass with a known range.</param>
/// <param name="DynamicSeconds">The fastest pass with the range of the tensor itself.</param>
internal sealed record TrafficMeasurement(LayerTraffic Bytes, double StaticSeconds, double DynamicSeconds)
{
    private const int FewestRuns = 3;

    /// <summary>Of two layers one after the other.</summary>
    public static TrafficMeasurement operator +(TrafficMeasurement one, TrafficMeasurement other) => new(
        one.Bytes + other.Bytes, one.StaticSeconds + other.StaticSeconds, one.DynamicSeconds + other.DynamicSeconds);

    /// <summary>
    /// Runs the product on drawn codes of 8 bits, in turns: with a stage that knows its shift; and to accumulators, their greatest magnitude, and the
    /// stage that takes its shift from it.
    /// </summary>
    /// <param name="backend">What computes.</param>
    /// <param name="g">The extents.</param>
    /// <param name="seconds">The least time of both together.</param>
    /// <param name="token">Stops between two passes.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static TrafficMeasurement Of(IBackend backend, in ConvGeometry g, double seconds, CancellationToken token)
    {
        using var passes = new Passes(backend, g);
        var (first, second, watch) = (double.PositiveInfinity, double.PositiveInfinity, Stopwatch.StartNew());
        for (var run = 0; run < FewestRuns || watch.Elapsed.TotalSeconds < seconds; run++)
        {
            token.ThrowIfCancellationRequested();
            first = Math.Min(first, DeviceClock.Time(backend, passes.Static).TotalSeconds);
            second = Math.Min(second, DeviceClock.Time(backend, passes.Dynamic).TotalSeconds);
        }

        return new TrafficMeasurement(new LayerTraffic(passes.Count(passes.Static), passes.Count(passes.Dynamic)), first, second);
    }

    private sealed class Passes : IDisposable
    {
        private readonly OwnedTensors tensors;
        private readonly TimedBackend timed;
        private readonly ConvGeometry geometry;
        private readonly Tensor x, w, sums, maximum, codes;
        private readonly ErrorStage ranged = new(BitsOfCodes, Rounding.HalfEven);
        private readonly ShiftStage known;

        private const int BitsOfCodes = 8;

        public Passes(IBackend backend, in ConvGeometry g)
        {
            (timed, geometry) = (new TimedBackend(backend) { Paused = true }, g);
            var limit = BitWidths.Limit(BitsOfCodes);
            tensors = new OwnedTensors(backend);
            x = tensors.Add(Product.Drawn(backend, g.InputShape, limit, 0));
            w = tensors.Add(Product.Drawn(backend, g.WeightShape, limit, 1));
            sums = tensors.Allocate(new AccumulatorBound(g.FanIn, limit, limit).Choose("traffic", AccumulatorWidth.Auto), g.OutputShape);
            (maximum, codes) = (tensors.Allocate(ElementType.Int64, new Shape(1)), tensors.Allocate(ElementType.Int8, g.OutputShape));
            known = new ShiftStage(BitsOfCodes + (BitOperations.Log2((uint)g.FanIn) / 2), limit, Rounding.HalfEven);
        }

        public void Dispose() => tensors.Dispose();

        public void Static() => timed.Convolve(x, w, geometry, sums.Type, null, known, new StageTensors(codes));

        public void Dynamic()
        {
            timed.Convolve(x, w, geometry, sums);
            timed.Reduce(sums, null, 0, default(MaxAbs), maximum);
            timed.Map(sums, ranged, new StageTensors(codes) { Range = maximum });
        }

        public long Count(Action pass)
        {
            timed.Reset();
            timed.Paused = false;
            pass();
            timed.Paused = true;
            return timed.Totals.Sum(row => row.Bytes);
        }
    }
}
