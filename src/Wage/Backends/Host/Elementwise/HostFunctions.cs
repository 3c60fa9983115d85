using System.Buffers;
using System.Runtime.CompilerServices;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>From gradients to stored weights, statistics, and other functions of one element or two.</summary>
internal sealed unsafe class HostFunctions(HostEngine engine)
{
    private readonly JoinedMeasure whole = new();

    /// <inheritdoc cref="IBackend.QuantizeGradient"/>
    public void QuantizeGradient(Tensor gradient, long range, in GradientRule rule, in RandomKey key, Tensor update, Tensor? statistic)
    {
        HostEngine.Require(update, gradient.Length);
        var scale = new GradientScale(range, rule);
        var lanes = PowerOfTwoStep.For(scale, rule);
        var (rounding, bits, step, measures) = (rule, key, (HostTensor<short>)update, statistic is not null);
        whole.Begin();
        engine.Ranges(gradient.Length, (gradient, scale, lanes, rounding, bits, step, measures, whole), static (in s, start, n) =>
        {
            var (part, size) = (default(StageMeasure), s.measures ? GradientMeasure.Block : n);
            for (var first = start; first < start + n; first += size)
            {
                var (count, done) = (Math.Min(size, start + n - first), 0);
                var to = s.step.Pointer + first;
                if (s.gradient is HostTensor<int> g && s.lanes.HasValue)
                    done = s.lanes.Value.Run(g.Pointer + first, s.rounding.FirstRandom + first, count, s.bits, to);
                GradientRounding.OneByOne(s.gradient, first + done, count - done, s.scale, s.rounding, s.bits, to + done);
                if (s.measures) GradientMeasure.Add(s.gradient, first, count, to, s.scale.Most, ref part);
            }

            s.whole.Add(part);
        });
        whole.Write(statistic);
    }

    /// <inheritdoc cref="IBackend.Reduce{R}"/>
    public void Reduce<R>(Tensor x, Tensor? gate, int gateBits, in R statistic, Tensor to)
        where R : unmanaged, IStatistic
    {
        HostEngine.Require(to, R.Results);
        if (gate is not null) HostEngine.Require(gate, x.Length);
        var (results, passes) = ((HostTensor<long>)to, (HostTensor<byte>?)gate);
        results.Span.Clear();
        engine.Ranges(x.Length, (x, passes, gateBits, statistic, results, guard: engine.Joining), static (in s, start, n) =>
        {
            var gate = s.passes is null ? null : s.passes.Pointer + start;
            var values = stackalloc long[Elements.Block];
            var (first, second, done) = (0L, 0L, 0);
            if (typeof(R) == typeof(MaxAbs) || typeof(R) == typeof(MinMax))
            {
                (values[0], values[1]) = (0, 0);
                done = ExtremeLanes.Run(s.x, gate, s.gateBits, start, n, values);
                Add(values, 2, s.statistic, ref first, ref second);
            }

            for (var i = done; i < n; i += Elements.Block)
            {
                var count = Math.Min(Elements.Block, n - i);
                Elements.Read(s.x, start + i, count, values);
                for (var j = 0; gate != null && j < count; j++)
                    if ((gate[i + j] & s.gateBits) != s.gateBits) values[j] = 0;
                Add(values, count, s.statistic, ref first, ref second);
            }

            lock (s.guard)
            {
                var all = s.results.Span;
                all[0] = Statistic.Join<R>(all[0], first);
                if (R.Results > 1) all[1] = Statistic.Join<R>(all[1], second);
            }
        });

        static void Add(long* values, int count, in R statistic, ref long first, ref long second)
        {
            for (var i = 0; i < count; i++)
            {
                first = Statistic.Join<R>(first, statistic.Of(values[i], 0));
                if (R.Results > 1) second = Statistic.Join<R>(second, statistic.Of(values[i], 1));
            }
        }
    }

    /// <inheritdoc cref="IBackend.Combine{F}"/>
    public void Combine<F>(Tensor x, Tensor y, in F function, Tensor z)
        where F : unmanaged, IPairFunction
    {
        HostEngine.Require(x, z.Length);
        HostEngine.Require(y, z.Length);
        var lanes = Is<F, WeightClip>() ? x == z && y is HostTensor<short> && Fits(As<F, WeightClip>(function), z.Type)
            : Is<F, AffineSum>() ? AreBytes(x, y, z) && As<F, AffineSum>(function).FitsInt32
            : Is<F, ErrorAlignment>() ? AlignedLanes.Fits(x, y, As<F, ErrorAlignment>(function), z)
            : Is<F, ClearOutside>() && y == z;
        engine.Ranges(z.Length, (x, y, function, z, lanes), static (in s, start, n) =>
        {
            var done = !s.lanes ? 0
                : Is<F, WeightClip>() ? Update((HostTensor<short>)s.y, As<F, WeightClip>(s.function), s.z, start, n)
                : Is<F, AffineSum>() ? Sum(s.x, s.y, As<F, AffineSum>(s.function), s.z, start, n)
                : Is<F, ErrorAlignment>() ? AlignedLanes.Run(s.x, s.y, As<F, ErrorAlignment>(s.function), s.z, start, n)
                : ClearLanes.Run(s.x, As<F, ClearOutside>(s.function), s.z, start, n);
            long* left = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
            for (var i = done; i < n; i += Elements.Block)
            {
                var count = Math.Min(Elements.Block, n - i);
                Elements.Read(s.x, start + i, count, left);
                Elements.Read(s.y, start + i, count, right);
                for (var j = MomentumLanes.Run(left, right, s.function, count); j < count; j++) left[j] = s.function.Of(left[j], right[j]);
                Elements.Write(left, s.z, start + i, count);
            }
        });
    }

    /// <inheritdoc cref="IBackend.CopyColumns"/>
    public void CopyColumns(Tensor source, Tensor destination, int first)
    {
        var (from, to) = ((HostTensor)source, (HostTensor)destination);
        var (columns, size) = (Columns.Of(source, destination, first), source.Type.Size());
        engine.Pool.Run(engine.Pool.Workers, (from, to, columns, size, engine.Pool.Workers), static (in s, part, _) =>
        {
            var (c, rows) = (s.columns, s.columns.Rows);
            var end = (int)((long)rows * (part + 1) / s.Workers);
            for (var row = (int)((long)rows * part / s.Workers); row < end; row++)
            {
                var taken = s.from.Bytes.Slice(row * c.Source * s.size, c.Source * s.size);
                taken.CopyTo(s.to.Bytes[(((row * c.Destination) + c.First) * s.size)..]);
            }
        });
    }

    /// <inheritdoc cref="IBackend.Lookup"/>
    public void Lookup(Tensor x, int least, Tensor table, Tensor y)
    {
        HostEngine.Require(x, y.Length);
        var (values, entries) = (ArrayPool<long>.Shared.Rent(table.Length), table.Length);
        for (var i = 0; i < entries; i++) values[i] = ((HostTensor)table)[i];
        engine.Ranges(y.Length, (x, least, values, entries, y), static (in s, start, n) =>
        {
            var from = stackalloc long[Elements.Block];
            for (var i = 0; i < n; i += Elements.Block)
            {
                var count = Math.Min(Elements.Block, n - i);
                Elements.Read(s.x, start + i, count, from);
                for (var j = 0; j < count; j++) from[j] = s.values[TableIndex.Of(from[j], s.least, s.entries)];
                Elements.Write(from, s.y, start + i, count);
            }
        });
        ArrayPool<long>.Shared.Return(values);
    }

    /// <inheritdoc cref="IBackend.Unpack"/>
    public void Unpack(Tensor packed, int bits, int shift, Tensor codes)
    {
        HostEngine.Require(packed, (int)BitPacking.Bytes(codes.Length, bits));
        var work = ((HostTensor<byte>)packed, (HostTensor<sbyte>)codes, CodeTables.Of(bits, shift), 8 / bits);
        engine.Ranges(packed.Length, work, static (in s, start, n) =>
        {
            var (from, to, table, each) = s;
            var first = start * each;
            CodeTables.Unpack(from.Pointer + start, table, each, to.Pointer + first, Math.Min(n * each, to.Length - first));
        });
    }

    /// <summary>Asked of the types: a pattern would box the struct wherever the code is not optimized yet.</summary>
    private static bool Is<F, TKnown>() => typeof(F) == typeof(TKnown);

    private static ref readonly TKnown As<F, TKnown>(in F function) => ref Unsafe.As<F, TKnown>(ref Unsafe.AsRef(in function));

    private static bool AreBytes(Tensor x, Tensor y, Tensor z) => x is HostTensor<sbyte> && y is HostTensor<sbyte> && z is HostTensor<sbyte>;

    private static int Sum(Tensor x, Tensor y, in AffineSum sum, Tensor z, int start, int n) => AffineSumLanes.Run(
        ((HostTensor<sbyte>)x).Pointer + start, ((HostTensor<sbyte>)y).Pointer + start, sum, ((HostTensor<sbyte>)z).Pointer + start, n);

    private static bool Fits(in WeightClip rule, ElementType type) =>
        type is ElementType.Int8 or ElementType.Int16
        && Math.Max(rule.Clip, rule.Storage) <= type.Maximum() && Math.Min(rule.Clip, rule.Storage) >= 0;

    private static int Update(HostTensor<short> update, in WeightClip rule, Tensor stored, int start, int n) => stored is HostTensor<sbyte> bytes
        ? WeightUpdate.Run(update.Pointer + start, rule, bytes.Pointer + start, n)
        : WeightUpdate.Run(update.Pointer + start, rule, ((HostTensor<short>)stored).Pointer + start, n);
}
