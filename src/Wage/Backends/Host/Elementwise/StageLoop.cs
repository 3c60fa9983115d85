using System.Numerics;
using System.Runtime.CompilerServices;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>A loop is compiled with it.</summary>
internal readonly struct Yes;

/// <summary>A loop is compiled without it.</summary>
internal readonly struct No;

/// <summary>An output stage over ranges of elements: in vectors where lanes of 32 bits hold it, else one after the other.</summary>
internal readonly unsafe struct StageLoop<S>
    where S : unmanaged, IOutputStage
{
    private readonly S stage;
    private readonly long range;
    private readonly bool narrow;
    private readonly int randomBits;
    private readonly int gateBits;
    private readonly int measuredBits;
    private readonly RandomKey key;
    private readonly long firstRandom;
    private readonly StageColumns columns;
    private readonly bool measures;
    private readonly bool counts;
    private readonly long most;

    public StageLoop(in S stage, long range, in StageTensors t, in StageColumns columns)
    {
        (this.stage, this.range, gateBits, key, firstRandom, this.columns) = (stage, range, t.GateBits, t.Key, t.FirstRandom, columns);
        (narrow, randomBits) = (stage.FitsInt32(range), stage.RandomBits(range));
        counts = t.Statistic is { Length: > 1 };
        (measures, measuredBits, most) = (t.Statistic is not null, t.StatisticGateBits, StageMeasure.Most(t.StatisticLimit, stage.Exponent(range)));
    }

    /// <summary>n elements, the first of which is element <paramref name="first"/> of the output.</summary>
    /// <param name="x">Accumulators.</param>
    /// <param name="first">For the random bits and the column.</param>
    /// <param name="n">How many.</param>
    /// <param name="y">Written.</param>
    /// <param name="mask">Written, or null.</param>
    /// <param name="gate">Read, or null.</param>
    /// <param name="whole">Gains these elements where the stage measures.</param>
    public void Run<TX, TY>(TX* x, long first, int n, TY* y, byte* mask, byte* gate, ref StageMeasure whole)
        where TX : unmanaged, IBinaryInteger<TX>
        where TY : unmanaged, IBinaryInteger<TY>
    {
        var wide = !narrow || sizeof(TX) > sizeof(int) || sizeof(TY) > sizeof(int);
        var done = wide && (columns.Scales || randomBits > 32) ? 0
            : wide && Int64x8.IsSupported ? RunBlocks<Int64x8, TX, TY>(x, first, n, y, mask, gate, ref whole)
            : wide && Int64x4.IsSupported ? RunBlocks<Int64x4, TX, TY>(x, first, n, y, mask, gate, ref whole)
            : wide ? 0
            : Int32x16.IsSupported ? RunBlocks<Int32x16, TX, TY>(x, first, n, y, mask, gate, ref whole)
            : RunBlocks<Int32x8, TX, TY>(x, first, n, y, mask, gate, ref whole);
        if (done < n) RunOneByOne(x, first, done, n, y, mask, gate, ref whole);
    }

    /// <summary>
    /// Whole vectors of n elements. Random words are made for a block of them: a call between vectors would empty the registers.
    /// </summary>
    [SkipLocalsInit]
    private int RunBlocks<T, TX, TY>(TX* x, long first, int n, TY* y, byte* mask, byte* gate, ref StageMeasure whole)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
    {
        if (columns.ScaleDown && randomBits == 0 && !measures && mask is null && gate is null) return RunColumns<T, TX, TY>(x, first, n, y);
        if (columns.Count == 0 && randomBits == 0 && mask is null && gate is not null)
        {
            return !measures ? RunGated<T, TX, TY, NoMeasure<T>, No>(x, n, y, gate, null, ref whole)
                : counts ? RunGated<T, TX, TY, MeasureLanes<T>, No>(x, n, y, gate, null, ref whole)
                : RunGated<T, TX, TY, MaximumLanes<T>, No>(x, n, y, gate, null, ref whole);
        }

        if (randomBits == 0) return RunLanes<T, TX, TY>(x, first, n, y, mask, gate, null, ref whole);
        const int block = 32 * PhiloxBlocks.Words;
        var words = stackalloc uint[block + PhiloxBlocks.Words];
        var done = 0;
        for (int count; (count = Math.Min(block, n - done)) >= T.Count; done += count - (count % T.Count))
        {
            var element = firstRandom + first + done;
            var skipped = (int)(element & 3);
            PhiloxBlocks.Fill(key, (uint)(element >> 2), words, skipped + count);
            RunLanes<T, TX, TY>(
                x + done, first + done, count, y + done, mask is null ? null : mask + done, gate is null ? null : gate + done, (int*)words + skipped,
                ref whole);
        }

        return done;
    }

    private int RunLanes<T, TX, TY>(TX* x, long first, int n, TY* y, byte* mask, byte* gate, int* random, ref StageMeasure whole)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
    {
        var done = RunUnits<T, TX, TY>(x, first, n, y, mask, gate, random, ref whole);
        if (n - done < T.Count) return done;
        (first, n) = (first + done, n - done);
        x += done;
        y += done;
        if (gate is not null) gate += done;
        if (random is not null) random += done;
        if (!measures) return done + RunLanes<T, TX, TY, NoMeasure<T>>(x, first, n, y, mask, gate, random, ref whole);
        return done + (counts
            ? RunLanes<T, TX, TY, MeasureLanes<T>>(x, first, n, y, mask, gate, random, ref whole)
            : RunLanes<T, TX, TY, MaximumLanes<T>>(x, first, n, y, mask, gate, random, ref whole));
    }

    /// <summary>The elements that <see cref="UnitLoop"/> has done: none, where it is another stage's, of other elements or with more to do.</summary>
    private int RunUnits<T, TX, TY>(TX* x, long first, int n, TY* y, byte* mask, byte* gate, int* random, ref StageMeasure whole)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
    {
        if (typeof(T) != typeof(Int32x8) || typeof(S) != typeof(UnitStage) || typeof(TX) != typeof(int)) return 0;
        if (counts || mask is not null || columns.Scales) return 0;
        var unit = Unsafe.As<S, UnitStage>(ref Unsafe.AsRef(in stage));
        var shift = unit.Exponent(range);
        if (typeof(TY) == typeof(short) && random is null && gate is null && UnitLoop.Takes(shift, unit.Limit, short.MaxValue))
            return UnitLoop.Words((int*)x, n, (short*)y, columns, first, shift, unit.Limit, ref whole);
        if (typeof(TY) != typeof(sbyte) || random is null || columns.Count > 0 || !UnitLoop.Takes(shift, unit.Limit, sbyte.MaxValue)) return 0;
        if (gate is not null && ((measures && measuredBits != 0) || gateBits is < 0 or > byte.MaxValue)) return 0;
        return UnitLoop.Bytes((int*)x, n, (sbyte*)y, gate, gateBits, random, shift, unit.Limit, ref whole);
    }

    private int RunLanes<T, TX, TY, TM>(TX* x, long first, int n, TY* y, byte* mask, byte* gate, int* random, ref StageMeasure whole)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
        where TM : struct, IMeasureLanes<TM, T>
    {
        if (columns.Count == 0 && gate is not null && mask is null && random is not null)
            return RunGated<T, TX, TY, TM, Yes>(x, n, y, gate, random, ref whole);
        if (columns.Scales || gate is not null) return RunAny<T, TX, TY, TM>(x, first, n, y, mask, gate, random, ref whole);
        if (columns.Count > 0)
        {
            return mask is null && random is null
                ? RunPlain<T, TX, TY, TM, No, No, Yes>(x, first, n, y, mask, random, ref whole)
                : RunAny<T, TX, TY, TM>(x, first, n, y, mask, gate, random, ref whole);
        }

        if (mask is null)
        {
            return random is null
                ? RunPlain<T, TX, TY, TM, No, No, No>(x, first, n, y, mask, random, ref whole)
                : RunPlain<T, TX, TY, TM, No, Yes, No>(x, first, n, y, mask, random, ref whole);
        }

        return random is null
            ? RunPlain<T, TX, TY, TM, Yes, No, No>(x, first, n, y, mask, random, ref whole)
            : RunPlain<T, TX, TY, TM, Yes, Yes, No>(x, first, n, y, mask, random, ref whole);
    }

    /// <summary>
    /// As <see cref="RunGated{T, TX, TY, TM, TRandom}"/>, of neither scales nor a gate: what has a mask, random bits or starts is known when it is
    /// compiled.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int RunPlain<T, TX, TY, TM, TMask, TRandom, TStart>(TX* x, long first, int n, TY* y, byte* mask, int* random, ref StageMeasure whole)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
        where TM : struct, IMeasureLanes<TM, T>
    {
        var (k, stage, measure, i) = (this.stage.Prepare<T>(range), this.stage, TM.Of(most), 0);
        var (columns, column, step) = (this.columns, 0, 0);
        if (typeof(TStart) == typeof(Yes)) (column, step) = (columns.At(first), columns.Step(T.Count));
        for (; i + T.Count <= n; i += T.Count)
        {
            var (v, c) = (T.Load(x + i), k.Column);
            if (typeof(TStart) == typeof(Yes))
            {
                v = columns.Started(column, v);
                column = columns.Next(column, step);
            }

            if (typeof(TRandom) == typeof(Yes)) c.Random = T.Load(random + i);
            var value = stage.Value(v, k, c);
            if (typeof(TMask) == typeof(Yes)) stage.Mask(v, k).Store(mask + i);
            value.Store(y + i);
            measure.Add(v, value);
        }

        var kept = measure;     // a call takes the address of this one
        kept.Join(ref whole);
        return i;
    }

    /// <summary>
    /// The constants are copied: of a local the compiler knows that no store changes it, so that they stay in registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int RunAny<T, TX, TY, TM>(TX* x, long first, int n, TY* y, byte* mask, byte* gate, int* random, ref StageMeasure whole)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
        where TM : struct, IMeasureLanes<TM, T>
    {
        var (k, stage, columns, bits) = (this.stage.Prepare<T>(range), this.stage, this.columns, T.Of(gateBits));
        var (measured, measure) = (T.Of(measuredBits), TM.Of(most));
        var (column, step, i) = (columns.At(first), columns.Step(T.Count), 0);
        for (; i + T.Count <= n; i += T.Count, column = columns.Next(column, step))
        {
            var (v, c) = (columns.Started(column, T.Load(x + i)), k.Column);
            columns.Scale(column, ref c);
            if (random is not null) c.Random = T.Load(random + i);
            var value = stage.Value(v, k, c);
            if (mask is not null) stage.Mask(v, k).Store(mask + i);
            if (gate is null)
            {
                value.Store(y + i);
                measure.Add(v, value);
                continue;
            }

            var passes = T.Load((sbyte*)gate + i);
            (value & T.Same(passes & bits, bits)).Store(y + i);
            measure.Add(v & T.Same(passes & measured, measured), value);
        }

        var kept = measure;     // a call takes the address of this one
        kept.Join(ref whole);
        return i;
    }

    /// <summary>
    /// As <see cref="RunAny{T, TX, TY, TM}"/>, of columns that scale down and nothing else: without the questions between, which take a third.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int RunColumns<T, TX, TY>(TX* x, long first, int n, TY* y)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
    {
        var (k, stage, columns) = (this.stage.Prepare<T>(range), this.stage, this.columns);
        var (column, step, i) = (columns.At(first), columns.Step(T.Count), 0);
        k.ScalesDown = true;
        for (; i + T.Count <= n; i += T.Count, column = columns.Next(column, step))
        {
            var c = k.Column;
            stage.Value(columns.StartedAndScaled(column, T.Load(x + i), ref c), k, c).Store(y + i);
        }

        return i;
    }

    /// <summary>
    /// As <see cref="RunAny{T, TX, TY, TM}"/>, of a gate and no columns: the errors of a block, likewise without the questions. Optimized from
    /// the first call on: it runs once an image, and every such call would begin in slow code until the runtime gets to it.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private int RunGated<T, TX, TY, TM, TRandom>(TX* x, int n, TY* y, byte* gate, int* random, ref StageMeasure whole)
        where T : struct, IVectorLanes<T>
        where TX : unmanaged
        where TY : unmanaged
        where TM : struct, IMeasureLanes<TM, T>
    {
        var (k, stage, bits, i) = (this.stage.Prepare<T>(range), this.stage, T.Of(gateBits), 0);
        var (measured, measure) = (T.Of(measuredBits), TM.Of(most));
        for (; i + T.Count <= n; i += T.Count)
        {
            var (v, passes, c) = (T.Load(x + i), T.Load((sbyte*)gate + i), k.Column);
            if (typeof(TRandom) == typeof(Yes)) c.Random = T.Load(random + i);
            var value = stage.Value(v, k, c);
            (value & T.Same(passes & bits, bits)).Store(y + i);
            measure.Add(v & T.Same(passes & measured, measured), value);
        }

        var kept = measure;     // a call takes the address of this one
        kept.Join(ref whole);
        return i;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RunOneByOne<TX, TY>(TX* x, long first, int from, int to, TY* y, byte* mask, byte* gate, ref StageMeasure whole)
        where TX : unmanaged, IBinaryInteger<TX>
        where TY : unmanaged, IBinaryInteger<TY>
    {
        var (k, stage) = (this.stage.Prepare<Lane64>(range), this.stage);
        var column = k.Column;
        for (var i = from; i < to; i++)
        {
            var j = columns.At(first + i);
            var v = new Lane64(columns.Started(j, long.CreateTruncating(x[i])));
            columns.Scale(j, ref column);
            if (randomBits > 0) column.Random = new Lane64(RandomBits.Word(key, (ulong)(firstRandom + first + i), randomBits));
            var (value, bits) = (stage.Value(v, k, column).Value, gate is null ? -1 : gate[i]);
            y[i] = (bits & gateBits) == gateBits ? TY.CreateTruncating(value) : TY.Zero;
            if (measures && (bits & measuredBits) == measuredBits) whole.Add(v.Value, value, most);
            if (mask is not null) mask[i] = (byte)stage.Mask(v, k).Value;
        }
    }
}
