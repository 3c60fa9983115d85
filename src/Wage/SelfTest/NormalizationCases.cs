using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>
/// Batch norm forward and back, each operation on what the one before gave: channels that do not vary, that vary little and wholly, parameters at
/// their bounds and 0, exponents from one end to the other, with a shortcut and without.
/// </summary>
internal static class NormalizationCases
{
    private static readonly (int Channels, int Positions)[] Extents = [(1, 2), (1, 9001), (3, 33), (16, 600), (17, 521), (40, 7), (64, 140)];

    public static IEnumerable<BackendCase> All()
    {
        var seed = 0UL;
        foreach (var (channels, positions) in Extents)
        {
            for (var i = 0; i < 2; i++)
            {
                seed++;
                var chain = new Chain(channels, positions, seed);
                yield return chain.Case(nameof(BatchNormSums), (b, c) => [c.Sums(b)]);
                yield return chain.Case(nameof(BatchNormConstants), (b, c) => c.Forward(b));
                yield return chain.Case(nameof(RunningStatistics), (b, c) => [c.Running(b)]);
                yield return chain.Case(nameof(RunMoments), (b, c) => [c.Run(b)]);
                yield return chain.Case(nameof(KnownConstants), (b, c) => c.Known(b));
                yield return chain.Case(nameof(BatchNormBeyond), (b, c) => [c.Beyond(b)]);
                yield return chain.Case(nameof(BatchNormForward), (b, c) => c.Activations(b));
                yield return chain.Case(nameof(BatchNormErrorSums), (b, c) => [c.ErrorSums(b)]);
                yield return chain.Case(nameof(SplitRows), (b, c) => c.Split(b));
                yield return chain.Case(nameof(BatchNormErrorConstants), (b, c) => c.Backward(b));
                yield return chain.Case(nameof(BatchNormBackward), (b, c) => c.Errors(b));
            }
        }
    }

    /// <summary>The inputs of all operations, which are a function of the seed.</summary>
    private sealed class Chain(int channels, int positions, ulong seed)
    {
        private readonly Draw draw = new(seed);
        private Shape Each => new(channels);
        private Shape Rows => new(2, channels);
        private bool IsWide => seed % 4 == 0;
        private int Guard => IsWide ? 0 : 7;

        public BackendCase Case(string operation, Func<IBackend, Chain, Tensor[]> run) => new(
            operation, $"[{positions}, {channels}] {seed}", b => [.. run(b, new Chain(channels, positions, seed)).Select(b.Values)]);

        public Tensor Sums(IBackend b)
        {
            var sums = b.With(ElementType.Int64, Rows, draw.Many(2 * channels, -9, 9));
            b.ReduceColumns(Outputs(b), null, null, 1, default(BatchNormSums), sums);
            return sums;
        }

        public Tensor[] Forward(IBackend b)
        {
            var (constants, moments) = (b.Allocate(ElementType.Int32, new Shape(6, channels)), b.Allocate(ElementType.Int64, Rows));
            var other = new Draw(seed + 1);
            var gamma = b.With(ElementType.Int32, other.Adversarial(channels, other.Of(0L, 1L << 12, (1L << 26) - 1)));
            var beta = b.With(ElementType.Int32, other.Adversarial(channels, (1L << 29) - 1));
            var exponent = b.With(ElementType.Int64, other.Of(-40L, -24L, -8L, -2L, 0L, 6L, 30L));
            b.EachColumn([Sums(b), gamma, beta, exponent], new BatchNormConstants(positions), channels, constants, moments);
            return [constants, moments];
        }

        public Tensor Running(IBackend b)
        {
            var running = b.With(ElementType.Int64, Rows, draw.Adversarial(2 * channels, 1L << 40));
            var exponent = b.With(ElementType.Int64, new Draw(seed).Of(-60L, -24L, -17L, -3L, 9L, 60L));
            b.EachColumn([Forward(b)[1], exponent, running], default(RunningStatistics), channels, running);
            return running;
        }

        public Tensor Run(IBackend b)
        {
            var (moments, other) = (b.Allocate(ElementType.Int64, Rows), new Draw(seed + 4));
            var running = b.With(ElementType.Int64, Rows, [.. draw.Adversarial(channels, 1L << 60), .. other.Many(channels, 0, 1L << 60)]);
            b.EachColumn([running, b.With(ElementType.Int64, other.Of(-60L, -24L, -12L, -3L, 9L, 60L))], default(RunMoments), channels, moments);
            return moments;
        }

        public Tensor[] Known(IBackend b)
        {
            var (constants, moments, other) = (b.Allocate(ElementType.Int32, new Shape(6, channels)), Run(b), new Draw(seed + 5));
            var gamma = b.With(ElementType.Int32, other.Adversarial(channels, (1L << 26) - 1));
            var beta = b.With(ElementType.Int32, other.Adversarial(channels, (1L << 29) - 1));
            b.EachColumn([moments, gamma, beta, b.With(ElementType.Int64, -8)], default(KnownConstants), channels, constants, moments);
            return [constants, moments];
        }

        public Tensor Beyond(IBackend b)
        {
            var counts = b.With(ElementType.Int64, new Shape(1, channels), draw.Many(channels, -9, 9));
            b.ReduceColumns(Outputs(b), null, Known(b)[0], 1, default(BatchNormBeyond), counts);
            return counts;
        }

        public Tensor[] Activations(IBackend b)
        {
            var (constants, other) = (Forward(b)[0], new Draw(seed + 2));
            var offset = other.Of(0, 128);
            Tensor? shortcut = other.Between(0, 2) == 0 ? null
                : offset == 0 ? b.With(ElementType.Int16, other.Adversarial(positions * channels, short.MaxValue))
                : b.With(ElementType.Int8, other.Many(positions * channels, -128, 127));
            var (codes, exact) = (Tensors(b, ElementType.Int8, other), Tensors(b, ElementType.Int32, other));
            b.MapColumns(Outputs(b), shortcut, constants, 1, new BatchNormForward(shortcut is null ? 0 : offset, 1), new CodeStage(255, 128), codes);
            b.MapColumns(Outputs(b), shortcut, constants, 1, new BatchNormForward(shortcut is null ? 0 : offset, 0), default(RawStage), exact);
            return [codes.Output, codes.Mask!, codes.Exponent!, codes.Statistic!, exact.Output, exact.Statistic!];
        }

        public Tensor ErrorSums(IBackend b)
        {
            var sums = b.With(ElementType.Int64, Rows, draw.Many(2 * channels, -9, 9));
            b.ReduceColumns(Given(b), Outputs(b), Forward(b)[0], 1, default(BatchNormErrorSums), sums);
            return sums;
        }

        public Tensor[] Split(IBackend b)
        {
            var (first, second) = (b.Allocate(ElementType.Int64, Each), b.Allocate(ElementType.Int64, Each));
            b.EachColumn([ErrorSums(b)], default(SplitRows), channels, first, second);
            return [second, first];
        }

        public Tensor[] Backward(IBackend b)
        {
            var (constants, exponent) = (b.Allocate(ElementType.Int32, new Shape(6, channels)), b.With(ElementType.Int64, 7));
            var (ed, ey) = (b.With(ElementType.Int64, -31), b.With(ElementType.Int64, -9));
            b.EachColumn([ErrorSums(b), Forward(b)[0], ed, ey], new BatchNormErrorConstants(positions, Guard), channels, constants, exponent);
            return [constants, exponent];
        }

        public Tensor[] Errors(IBackend b)
        {
            var (constants, t) = (Backward(b)[0], Tensors(b, ElementType.Int8, new Draw(seed + 3)));
            b.MapColumns(Given(b), Outputs(b), constants, 1, new BatchNormBackward(Guard), new UnitStage(127, (int)(seed & 1)), t);
            return [t.Output, t.Exponent!, t.Statistic!];
        }

        /// <summary>y: a third of the channels is constant, a third varies little.</summary>
        private Tensor Outputs(IBackend b)
        {
            var other = new Draw(seed);
            var (centers, scales) = (other.Adversarial(channels, short.MaxValue), other.Many(channels, 0, 2));
            var values = Enumerable.Range(0, positions * channels).Select(i => One(i % channels));
            return b.With(ElementType.Int16, new Shape(positions, channels), [.. values]);

            long One(int channel) => scales[channel] switch
            {
                0 => centers[channel],
                1 => FixedPoint.Saturate(centers[channel] + other.Between(-3, 3), short.MaxValue),
                _ => other.Between(0, 2) == 0 ? other.Of(-32767, 32767) : other.Between(-32767, 32767),
            };
        }

        private Tensor Given(IBackend b) => b.With(
            IsWide ? ElementType.Int16 : ElementType.Int8, new Shape(positions, channels),
            new Draw(seed + 4).Adversarial(positions * channels, IsWide ? short.MaxValue : 127));

        private StageTensors Tensors(IBackend b, ElementType output, Draw draw) => new(b.Allocate(output, new Shape(positions, channels)))
        {
            Mask = b.Allocate(ElementType.UInt8, new Shape(positions, channels)),
            Range = b.With(ElementType.Int64, draw.Of(0, 1, 7, 8, 14, 23, 30)),
            ExponentIn = b.With(ElementType.Int64, -8),
            Exponent = b.With(ElementType.Int64, 4),
            Statistic = b.With(ElementType.Int64, 5, 6, 7),
            StatisticLimit = 127,
            Key = new RandomKey(seed, 9, 3),
            FirstRandom = draw.Of(0L, 3L, (1L << 32) + 5),
        };
    }
}
