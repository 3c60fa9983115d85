using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Layers;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// Q_W to <see cref="HybridRows"/>: in a step the share that its ratio says is ternary, another part in every step, drawn by a roulette; in an
/// evaluation all of it. The gradient passes straight through. The host makes the codes, on every backend the same.
/// </summary>
/// <param name="bits">k_G, from 8 to 16.</param>
/// <param name="rounding">How bits of k_G are dropped; not stochastic.</param>
/// <param name="rows">The rule.</param>
public sealed class HybridWeights(int bits, Rounding rounding, HybridRows rows) : IQuantizer
{
    /// <inheritdoc/>
    public QuantizedRange Range { get; } = QuantizedRange.Of(TernaryRows.GridBits);

    /// <inheritdoc/>
    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new Quantizer(site, context, rows, new TernaryRows(rows, site.Shape[0], bits, rounding), rounding);
    }

    private sealed class Quantizer : TensorQuantizer, IPartialWeights
    {
        /// <summary>The step of the partition that is scored: no run has so many.</summary>
        private const uint ShownStep = uint.MaxValue;

        private readonly IBackend backend;
        private readonly HybridRows rule;
        private readonly RatioSchedule schedule;
        private readonly TernaryRows ternary;
        private readonly Rounding rounding;
        private readonly uint stream;
        private readonly Action<ReadOnlySpan<byte>> read;
        private readonly Tensor? state;
        private readonly int[] stored;
        private readonly sbyte[] codes;
        private readonly bool[] drawn = [];
        private readonly long[] weights = [];
        private readonly Roulette? roulette;
        private readonly int units;
        private Ratio? known;

        public Quantizer(in TensorSite site, BuildContext context, HybridRows rule, TernaryRows ternary, Rounding rounding)
        {
            (backend, this.rule, schedule, this.ternary, this.rounding) = (context.Backend, rule, rule.Schedule, ternary, rounding);
            (stream, read) = (RandomStream.Partition(site.Index), Read);
            units = rule.ByElement ? site.Shape.Length : site.Shape[0];
            var length = backend.HasMemory ? site.Shape.Length : 0;
            (stored, codes) = (new int[length], new sbyte[length]);
            context.Memory.Add(MemoryKind.Scratch, ((long)site.Shape.Length * (sizeof(int) + sizeof(sbyte))) + TernaryRows.Bytes(site.Shape[0]));
            if (schedule.IsWhole) return;
            state = context.Allocate(MemoryKind.Weights, ElementType.Int64, new Shape(2));
            context.Memory.Add(MemoryKind.Scratch, (long)units * ((2 * sizeof(long)) + sizeof(bool)));
            if (!backend.HasMemory) return;
            (drawn, weights, roulette) = (new bool[units], new long[units], new Roulette(new long[units + 1]));
        }

        public override IEnumerable<NamedState> States => state is null ? [] : [new("ratio", state, RequireRatio)];

        public bool IsPartial => !schedule.IsWhole;

        /// <summary>A file is not trusted: 0 of 0 before the first step, else a share.</summary>
        /// <exception cref="WageException">It is none.</exception>
        private void RequireRatio()
        {
            known = null;
            Span<long> parts = stackalloc long[2];
            backend.Download(state!, parts);
            if ((parts[0], parts[1]) == (0, 0) || (parts[0] > 0 && parts[0] <= parts[1])) return;
            throw new WageException(
                $"checkpoint: holds weights quantized by {parts[0]} in {parts[1]}, but a share is more than 0 and at most 1.",
                "take another checkpoint.");
        }

        /// <summary>The device is asked once after a checkpoint was loaded; before the first step it is the first step's.</summary>
        public Ratio Ratio
        {
            get
            {
                if (known is { } ratio) return ratio;
                Span<long> parts = stackalloc long[2];
                if (state is not null) backend.Download(state, parts);
                known = parts[0] > 0 ? new Ratio(parts[0], parts[1]) : schedule.First;
                return known.Value;
            }
        }

        public ReadOnlySpan<bool> Drawn => drawn;

        public override void Apply(Tensor x, in StageTensors t, in StepContext s)
        {
            backend.Lend(x, read);
            ternary.Run(stored, codes);
            if (IsPartial) Select(s);
            backend.Upload<sbyte>(codes, t.Output);
        }

        private void Read(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length == stored.Length)
            {
                var from = MemoryMarshal.Cast<byte, sbyte>(bytes);
                for (var i = 0; i < from.Length; i++) stored[i] = from[i];
            }
            else
            {
                var from = MemoryMarshal.Cast<byte, short>(bytes);
                for (var i = 0; i < from.Length; i++) stored[i] = from[i];
            }
        }

        private void Select(in StepContext s)
        {
            if (s.Phase == Phase.Training) Keep(schedule.At(s.Position));
            else if (!s.IsHybrid) return;
            var count = RatioSchedule.Quantized(Ratio, units);
            if (count == units) drawn.AsSpan().Fill(true);
            else Mix(count, s.Phase == Phase.Training ? new RandomKey(s.Seed, stream, s.Step) : new RandomKey(0, stream, ShownStep));
        }

        private void Keep(Ratio ratio)
        {
            if (known == ratio) return;
            known = ratio;
            backend.Upload<long>([ratio.Numerator, ratio.Denominator], state!);
        }

        /// <summary>Gives the units that are not drawn their 8 bits back.</summary>
        private void Mix(int count, in RandomKey key)
        {
            var length = codes.Length / units;
            if (rule.IsUniform) weights.AsSpan().Fill(1);
            else
            {
                for (var i = 0; i < units; i++) weights[i] = WeightOf(i);
                SelectionWeights.Share(weights);
            }

            roulette!.Draw(weights, count, key, drawn);
            for (var i = 0; i < units; i++)
            {
                if (!drawn[i]) KeepBits(stored.AsSpan(i * length, length), codes.AsSpan(i * length, length));
            }
        }

        /// <summary>8 bits of stored weights; of k_G = 8 all.</summary>
        private void KeepBits(ReadOnlySpan<int> from, Span<sbyte> to)
        {
            for (var i = 0; i < from.Length; i++)
            {
                to[i] = (sbyte)(ternary.Dropped == 0 ? from[i]
                    : FixedPoint.RoundToLimit(from[i], ternary.Dropped, BitWidths.Limit(TernaryRows.GridBits), rounding));
            }
        }

        private long WeightOf(int unit)
        {
            if (!rule.ByElement) return SelectionWeights.Of(ternary.ErrorOf(unit).Distance, ternary.ErrorOf(unit).Sum);
            return SelectionWeights.Of(Math.Abs(stored[unit] - (codes[unit] << ternary.Dropped)), Math.Abs(stored[unit]));
        }
    }
}

/// <summary>Weights of which a step quantizes a share further than the rest.</summary>
internal interface IPartialWeights
{
    /// <summary>False: steps make no difference.</summary>
    bool IsPartial { get; }

    /// <summary>The share of the last step; before the first that of the first.</summary>
    Ratio Ratio { get; }

    /// <summary>Which units the last partition made ternary.</summary>
    ReadOnlySpan<bool> Drawn { get; }
}
