using System.Numerics;
using Wage.Numbers;
using static Onnx.TensorProto.Types;

namespace Wage.Onnx;

/// <summary>
/// Where bits are dropped, in standard operators on Int64: the formulas of <see cref="ShiftRounding{T}"/>, <see cref="FixedMultiply"/> and
/// <see cref="FixedPoint.Divide"/>, to the last bit. Every x is an Int64 tensor and its bound what |x| can reach.
/// </summary>
internal sealed class OnnxIntegers(OnnxGraph graph)
{
    private const int BiasBits = 62, HighBits = 31;

    /// <summary>The most that |x| may reach where bits of it are dropped.</summary>
    public const long MostShifted = (1L << (BiasBits - 1)) - 1;

    /// <summary>A number for each column, or one for all.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="form">What it meets.</param>
    /// <param name="values">One for each column, or one.</param>
    /// <param name="type">Of the constant.</param>
    public OnnxValue Columns(string name, OnnxForm form, IReadOnlyList<long> values, DataType type = DataType.Int64)
    {
        if (values.All(value => value == values[0])) return graph.Scalar(type, values[0]);
        return form.IsPlanes
            ? graph.Tensor(name, type, [form.Channels, 1, 1], [.. values])
            : graph.Tensor(name, type, [form.Length], [.. Enumerable.Range(0, form.Length).Select(i => values[i % values.Count])]);
    }

    /// <summary>x + a number for each column.</summary>
    public OnnxValue Plus(OnnxValue x, string name, OnnxForm form, params IReadOnlyList<long> values) =>
        values.All(value => value == 0) ? x : graph.Add("Add", x, Columns(name, form, values, x.Type));

    /// <summary>
    /// x limited to [low, high], 32 bits, as Int32. ONNX Runtime 1.31 gives wrong Clip, Min, Max and Sign of Int64 from 2^31 on (found on a processor
    /// with AVX-512): 64 bits are compared by Less and Greater alone, which are right.
    /// </summary>
    public OnnxValue Clip(OnnxValue x, Int128 bound, int low, int high)
    {
        if (bound <= int.MaxValue)
        {
            var narrow = graph.Cast(x, DataType.Int32);
            return graph.Add("Clip", narrow, graph.Scalar(narrow.Type, low), graph.Scalar(narrow.Type, high));
        }

        var (least, most) = (graph.Scalar(x.Type, low), graph.Scalar(x.Type, high));
        return graph.Cast(Least(Greatest(x, least), most), DataType.Int32);
    }

    /// <summary>The greater of each two.</summary>
    public OnnxValue Greatest(OnnxValue x, OnnxValue y) => x.Type == DataType.Int32
        ? graph.Add("Max", x, y) : graph.Add("Where", x.Type, [graph.Add("Less", DataType.Bool, [x, y]), y, x]);

    private OnnxValue Least(OnnxValue x, OnnxValue y) => x.Type == DataType.Int32
        ? graph.Add("Min", x, y) : graph.Add("Where", x.Type, [graph.Add("Less", DataType.Bool, [y, x]), y, x]);

    /// <summary>1 where x is negative, else 0.</summary>
    public OnnxValue IsNegative(OnnxValue x) => graph.Cast(graph.Add("Less", DataType.Bool, [x, graph.Scalar(x.Type, 0)]), x.Type);

    /// <summary>
    /// floor((x + add) / 2^dropped). ONNX shifts numbers without a sign alone: 2^62 is added before, and what is left of it is taken away
    /// behind. Requires |x + add| below 2^62.
    /// </summary>
    public OnnxValue Floor(OnnxValue x, OnnxForm form, IReadOnlyList<long> add, IReadOnlyList<int> dropped)
    {
        var raised = graph.Cast(Plus(x, "bias", form, [.. add.Select(a => a + (1L << BiasBits))]), DataType.Uint64);
        var by = Columns("dropped", form, [.. dropped.Select(bits => (long)bits)], DataType.Uint64);
        var floor = graph.Cast(graph.Add("BitShift", DataType.Uint64, [raised, by], OnnxGraph.Word("direction", "RIGHT")), DataType.Int64);
        return Plus(floor, "unbias", form, [.. dropped.Select(bits => -(1L << (BiasBits - bits)))]);
    }

    /// <summary>round(x / 2^dropped) limited to [least, most], as Int32; a negative number of bits multiplies. Requires |x| below 2^61.</summary>
    public OnnxValue Round(OnnxValue x, Int128 bound, int dropped, Rounding rounding, int least, int most)
    {
        if (dropped > 0) return Clip(Quotient(x, dropped, rounding), (bound >> dropped) + 1, least, most);
        var limited = Clip(x, bound, least, most);
        if (dropped == 0) return limited;
        // What is not 0 reaches the limit by as many bits as it has.
        var left = Math.Min(-dropped, BitOperations.Log2((uint)most) + 1);
        return Clip(graph.Add("Mul", graph.Cast(limited, x.Type), graph.Scalar(x.Type, 1L << left)), (Int128)most << left, least, most);
    }

    /// <summary>x M0 2^(shift - 31) for each column, as Int64: <see cref="FixedMultiply.Scale"/>. Requires x to fit 32 bits.</summary>
    public OnnxValue Scale(OnnxValue x, Int128 bound, OnnxForm form, IReadOnlyList<QuantizedMultiplier> scales, MultiplierRounding rounding)
    {
        int[] left = [.. scales.Select(scale => Math.Max(scale.Shift, 0))], right = [.. scales.Select(scale => Math.Max(-scale.Shift, 0))];
        if (left.Any(bits => bound << bits > int.MaxValue))
        {
            var most = Columns("most", form, [.. left.Select(bits => (long)int.MaxValue >> bits)], DataType.Int32);
            var least = Columns("least", form, [.. left.Select(bits => (long)int.MinValue >> bits)], DataType.Int32);
            x = Greatest(Least(graph.Cast(x, DataType.Int32), most), least);
        }

        long[] multipliers = [.. scales.Zip(left, (scale, bits) => (long)scale.Multiplier << bits)];
        long[] half = [.. right.Select(bits => bits == 0 ? 0 : 1L << (bits - 1))];
        var product = graph.Add("Mul", graph.Cast(x, DataType.Int64), Columns("multipliers", form, multipliers));
        if (rounding == MultiplierRounding.Single)
        {
            int[] dropped = [.. right.Select(bits => HighBits + bits)];
            long[] halves = [.. dropped.Select(bits => 1L << (bits - 1))];
            if (multipliers.Zip(halves, (m, h) => (Int128.Min(bound, 1L << HighBits) * m) + h < (Int128)1 << BiasBits).All(fits => fits))
                return Floor(product, form, halves, dropped);
            // Floors of floors are floors of the whole.
            var floor = Floor(product, form, [.. right.Select(bits => bits == 0 ? 1L << (HighBits - 1) : 0)], [HighBits]);
            return Floor(floor, form, half, right);
        }

        var high = Floor(product, form, [1L << (HighBits - 1)], [HighBits]);
        if (right.All(bits => bits == 0)) return high;
        // Ties away from zero; columns that drop nothing have no ties.
        var down = IsNegative(high);
        if (right.Contains(0)) down = graph.Add("Mul", down, Columns("drops", form, [.. right.Select(bits => bits == 0 ? 0L : 1)]));
        return Floor(graph.Add("Sub", high, down), form, half, right);
    }

    /// <summary>x / divisor, half to even or half away, of |x| whose double the type holds.</summary>
    public OnnxValue Divide(OnnxValue x, long divisor, Rounding rounding)
    {
        if (divisor == 1) return x;
        var (magnitude, by) = (graph.Add("Abs", x), graph.Scalar(x.Type, divisor));
        var quotient = graph.Add("Div", magnitude, by);
        var rest = graph.Add("Sub", magnitude, graph.Add("Mul", quotient, by));
        var twice = graph.Add("Mul", rest, graph.Scalar(x.Type, 2));
        // Up where twice the rest exceeds the divisor; where it is the divisor, away: always, even: from an odd quotient.
        var tie = rounding == Rounding.HalfEven ? graph.Add("Mod", quotient, graph.Scalar(x.Type, 2)) : graph.Scalar(x.Type, 1);
        var up = graph.Add("Greater", DataType.Bool, [graph.Add("Add", twice, tie), by]);
        return graph.Add("Mul", graph.Add("Add", quotient, graph.Cast(up, x.Type)), SignOf(x));
    }

    /// <summary>-1 where x is negative, else 1.</summary>
    private OnnxValue SignOf(OnnxValue x) =>
        graph.Add("Sub", graph.Scalar(x.Type, 1), graph.Add("Mul", IsNegative(x), graph.Scalar(x.Type, 2)));

    private OnnxValue Quotient(OnnxValue x, int dropped, Rounding rounding)
    {
        var (form, half) = (default(OnnxForm), 1L << (dropped - 1));
        switch (rounding)
        {
            case Rounding.HalfEven:
                var odd = graph.Add("Mod", Floor(x, form, [0], [dropped]), graph.Scalar(x.Type, 2));
                return Floor(graph.Add("Add", x, odd), form, [half - 1], [dropped]);
            case Rounding.HalfAway:
                return Floor(graph.Add("Sub", x, IsNegative(x)), form, [half], [dropped]);
            case Rounding.TowardZero:
                return Floor(graph.Add("Add", x, graph.Add("Mul", IsNegative(x), graph.Scalar(x.Type, (1L << dropped) - 1))), form, [0], [dropped]);
            default:
                var magnitude = graph.Add("Abs", x);
                var floor = Floor(magnitude, form, [0], [dropped]);
                var rest = graph.Add("Sub", magnitude, graph.Add("Mul", floor, graph.Scalar(x.Type, 1L << dropped)));
                var upper = Floor(rest, form, [0], [dropped >> 1]);
                var lower = graph.Add("Mod", rest, graph.Scalar(x.Type, 1L << (dropped >> 1)));
                if ((dropped & 1) != 0) lower = graph.Add("Mul", lower, graph.Scalar(x.Type, 2));
                var up = graph.Cast(graph.Add("Greater", DataType.Bool, [upper, lower]), x.Type);
                return graph.Add("Mul", graph.Add("Add", floor, up), SignOf(x));
        }
    }
}
