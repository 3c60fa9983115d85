using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>An output stage over ranges of elements: sixteen at a time where lanes of 32 bits hold it, else one after the other.</summary>
internal readonly unsafe struct StageLoop<S>
    where S : unmanaged, IOutputStage
{
    private readonly S stage;
    private readonly long range;
    private readonly bool narrow;
    private readonly int randomBits;
    private readonly int gateBits;
    private readonly RandomKey key;
    private readonly long firstRandom;
    private readonly StageColumns columns;
    private readonly StageConstants<Int32x8> constants;

    public StageLoop(in S stage, long range, in StageTensors t, in StageColumns columns)
    {
        (this.stage, this.range, gateBits, key, firstRandom, this.columns) = (stage, range, t.GateBits, t.Key, t.FirstRandom, columns);
        (narrow, randomBits) = (stage.FitsInt32(range), stage.RandomBits(range));
        if (narrow) constants = stage.Prepare<Int32x8>(range);
    }

    /// <summary>n elements, the first of which is element <paramref name="first"/> of the output.</summary>
    /// <param name="x">Accumulators.</param>
    /// <param name="first">For the random bits and the column.</param>
    /// <param name="n">How many.</param>
    /// <param name="y">Written.</param>
    /// <param name="mask">Written, or null.</param>
    /// <param name="gate">Read, or null.</param>
    public void Run<TX, TY>(TX* x, long first, int n, TY* y, byte* mask, byte* gate)
        where TX : unmanaged, IBinaryInteger<TX>
        where TY : unmanaged, IBinaryInteger<TY>
    {
        var done = 0;
        if (narrow && sizeof(TX) <= sizeof(int) && sizeof(TY) <= sizeof(int))
        {
            done = randomBits > 0 ? RunRandomLanes(x, first, n, y, mask, gate)
                : columns.Count == 0 ? RunLanes(x, n, y, mask, gate)
                : Int32x16.IsSupported && gate is null ? RunColumns(x, first, n, y, mask)
                : RunDifferentLanes(x, first, n, y, mask, gate, null);
        }

        if (done < n) RunOneByOne(x, first, done, n, y, mask, gate);
    }

    /// <summary>
    /// Elements that have one formula. The constants are copied: of a local the compiler knows that no store changes it, so that they stay in
    /// registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int RunLanes<TX, TY>(TX* x, int n, TY* y, byte* mask, byte* gate)
        where TX : unmanaged
        where TY : unmanaged
    {
        var (k, stage, bits, i) = (constants, this.stage, gateBits, 0);
        for (; i + Lanes.Count <= n; i += Lanes.Count) Sixteen(stage, k, Lanes.Load(x + i), i, k.Column, k.Column, y, mask, gate, bits);
        return i;
    }

    /// <summary>
    /// Elements whose columns differ, as the affine stage of a product has them, sixteen in one vector: its formula is long, and in two halves costs
    /// a product of VGG7's more than 5 % of its time.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int RunColumns<TX, TY>(TX* x, long first, int n, TY* y, byte* mask)
        where TX : unmanaged
        where TY : unmanaged
    {
        var (k, stage, columns) = (this.stage.Prepare<Int32x16>(range), this.stage, this.columns);
        var (column, i) = (columns.At(first), 0);
        for (; i + Lanes.Count <= n; i += Lanes.Count, column = columns.Next(column))
        {
            var v = columns.Started(column, Int32x16.Load(x + i));
            stage.Value(v, k, columns.Of(column, k.Column)).Store(y + i);
            if (mask is not null) stage.Mask(v, k).Store(mask + i);
        }

        return i;
    }

    /// <summary>Elements that have random words, which are made for a block of them: a call between vectors would empty the registers.</summary>
    private int RunRandomLanes<TX, TY>(TX* x, long first, int n, TY* y, byte* mask, byte* gate)
        where TX : unmanaged
        where TY : unmanaged
    {
        const int block = 8 * PhiloxBlocks.Words;
        var words = stackalloc uint[block + PhiloxBlocks.Words];
        var done = 0;
        for (int count; (count = Math.Min(block, n - done)) >= Lanes.Count; done += count - (count % Lanes.Count))
        {
            var element = firstRandom + first + done;
            var skipped = (int)(element & 3);
            for (var i = 0; i < skipped + count; i += PhiloxBlocks.Words) PhiloxBlocks.Fill(key, (uint)((element + i) >> 2), words + i);
            RunDifferentLanes(
                x + done, first + done, count, y + done, mask is null ? null : mask + done, gate is null ? null : gate + done, (int*)words + skipped);
        }

        return done;
    }

    /// <summary>Elements that have a random word each, or columns that differ.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int RunDifferentLanes<TX, TY>(TX* x, long first, int n, TY* y, byte* mask, byte* gate, int* random)
        where TX : unmanaged
        where TY : unmanaged
    {
        var (k, stage, columns, bits) = (constants, this.stage, this.columns, gateBits);
        var (column, i) = (columns.At(first), 0);
        for (; i + Lanes.Count <= n; i += Lanes.Count, column = columns.Next(column))
        {
            Vector256<int> lowRandom = default, highRandom = default;
            if (random is not null) (lowRandom, highRandom) = (Vector256.Load(random + i), Vector256.Load(random + i + 8));
            var (low, high) = Lanes.Load(x + i);
            Sixteen(
                stage, k, (columns.Started(column, low), columns.Started(column + 8, high)), i, columns.Of(column, lowRandom, k.Column),
                columns.Of(column + 8, highRandom, k.Column), y, mask, gate, bits);
        }

        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sixteen<TY>(
        in S stage, in StageConstants<Int32x8> k, (Vector256<int> Low, Vector256<int> High) x, int i, in StageColumn<Int32x8> lowColumn,
        in StageColumn<Int32x8> highColumn, TY* y, byte* mask, byte* gate, int gateBits)
        where TY : unmanaged
    {
        var (low, high) = x;
        var a = stage.Value(new Int32x8(low), k, lowColumn).Value;
        var b = stage.Value(new Int32x8(high), k, highColumn).Value;
        if (mask is not null)
        {
            var (lowMask, highMask) = (stage.Mask(new Int32x8(low), k), stage.Mask(new Int32x8(high), k));
            Lanes.StoreWords(Vector256.Narrow(lowMask.Value, highMask.Value), (sbyte*)mask + i);
        }

        if (sizeof(TY) == sizeof(int))
        {
            if (gate is not null)
            {
                var (lowGate, highGate) = Vector256.Widen(Passing(gate + i, gateBits));
                (a, b) = (a & lowGate, b & highGate);
            }

            a.Store((int*)(y + i));
            b.Store((int*)(y + i) + 8);
            return;
        }

        var words = Vector256.Narrow(a, b);
        if (gate is not null) words &= Passing(gate + i, gateBits);
        Lanes.StoreWords(words, y + i);
    }

    /// <summary>-1 where a gate has all of the bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Passing(byte* gate, int gateBits)
    {
        var bits = Vector256.Create((short)gateBits);
        return Vector256.Equals(Lanes.LoadWords((sbyte*)gate) & bits, bits);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RunOneByOne<TX, TY>(TX* x, long first, int from, int to, TY* y, byte* mask, byte* gate)
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
            var passes = gate is null || (gate[i] & gateBits) == gateBits;
            y[i] = passes ? TY.CreateTruncating(stage.Value(v, k, column).Value) : TY.Zero;
            if (mask is not null) mask[i] = (byte)stage.Mask(v, k).Value;
        }
    }
}
