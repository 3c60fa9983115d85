using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Export.C;

/// <summary>The one place that knows the library's operations: each as a function of C.</summary>
internal static class COperations
{
    /// <summary>The bytes that an operation needs besides its output.</summary>
    public static int Scratch(ModelPlan plan, PlanNode node) => node.Operation is ProductOperation { Geometry: var g }
        && !g.IsMatrix && plan[node.Constants[0]].IsPacked ? g.FanIn : 0;

    /// <summary>Writes the function of a node.</summary>
    /// <returns>False where there is nothing to compute: the image, and other shapes of what is there.</returns>
    /// <exception cref="WageException">The operation is somebody's own.</exception>
    public static bool Write(CNode node)
    {
        switch (node.Node.Operation)
        {
            case ImageOperation or ReshapeOperation:
                return false;
            case ReluOperation:
                Map(node, Bits(node.Input(0).Type), null, bits => $"({node.Type}){node.Helpers.Use("relu", bits)}(v)", 0, "");
                return true;
            case StageOperation stage:
                Stage(node, stage);
                return true;
            case LookupOperation lookup:
                Lookup(node, lookup);
                return true;
            case SumOperation sum:
                Pair(node, Sum(node, sum));
                return true;
            case AffineSumOperation { Function: var function }:
                Pair(node, AffineSum(node, function));
                return true;
            case ConcatOperation:
                Concat(node);
                return true;
            case MaxPoolOperation pool:
                Pool(node, pool.Geometry, null);
                return true;
            case AveragePoolOperation pool:
                Pool(node, pool.Geometry, pool.Rounding);
                return true;
            case ProductOperation product:
                CProducts.Write(node, product);
                return true;
            default:
                throw new WageException(
                    $"{node.Node.Name}: a {node.Node.Operation.GetType().Name} is a piece of somebody's own, which C is not written of.",
                    "take layers and quantizers of the library, or a Lookup, which is a table.");
        }
    }

    /// <summary>The bits in which a value of a type is computed.</summary>
    private static int Bits(ElementType type) => type == ElementType.Int64 ? 64 : 32;

    private static void Stage(CNode node, StageOperation stage)
    {
        var (bits, columns) = (Bits(node.Input(0).Type), node.Output.Shape[node.Output.Shape.Rank - 1]);
        var start = node.Column(stage.Reads, StageReads.Start, 0, "c");
        var value = node.Stored(stage.Stage.Value, stage.Reads, 0, bits, "c");
        Map(node, bits, start, _ => value, (stage.Reads & ~StageReads.Range) == 0 ? 0 : columns, "c");
    }

    private static void Lookup(CNode node, LookupOperation lookup)
    {
        var (table, name, bits) = (node.Constant(0), node.ConstantName("table"), Bits(node.Input(0).Type));
        switch (table.Type)
        {
            case ElementType.Int8: CText.Array<sbyte>(node.Text, "int8_t", name, table.UnpackInt8()); break;
            case ElementType.Int16: CText.Array(node.Text, "int16_t", name, MemoryMarshal.Cast<byte, short>(table.Stored)); break;
            case ElementType.Int32: CText.Array(node.Text, "int32_t", name, table.Int32); break;
            default: CText.Array(node.Text, "int64_t", name, MemoryMarshal.Cast<byte, long>(table.Stored)); break;
        }

        var last = (long)lookup.Least + table.Shape.Length - 1;
        if (last > int.MaxValue) bits = 64;
        var at = $"{node.Helpers.Use("clamp", bits)}(v, {CText.Int(lookup.Least)}, {last}{(last > int.MaxValue ? "LL" : "")})";
        Map(node, bits, null, _ => $"{name}[{at} - ({CText.Int(lookup.Least)})]", 0, "");
    }

    /// <summary>y[i] = value of v = x[i] + start, with the column in a loop of its own where there are some.</summary>
    private static void Map(CNode node, int bits, string? start, Func<int, string> value, int columns, string column)
    {
        var (x, stored) = (CText.Type(node.Input(0).Type), value(bits));
        node.Line(0, $"static void {node.Name}(const {x} *x, {node.Type} *y)");
        node.Line(0, "{");
        node.Line(1, columns == 0 ? "int32_t i;" : $"int32_t i, {column};");
        node.Loop(1, "i", node.Output.Shape.Length / Math.Max(columns, 1));
        if (columns > 0) node.Loop(2, column, columns);
        var (depth, at) = columns == 0 ? (2, "i") : (3, $"i * {columns} + {column}");
        node.Line(depth, $"const int{bits}_t v = x[{at}]{(start is null ? "" : $" + {start}")};");
        node.Line(depth, $"y[{at}] = {stored};");
        if (columns > 0) node.Line(2, "}");
        node.Line(1, "}");
        node.Line(0, "}\n");
    }

    private static void Pair(CNode node, string value)
    {
        var (x, z) = (CText.Type(node.Input(0).Type), CText.Type(node.Input(1).Type));
        node.Line(0, $"static void {node.Name}(const {x} *x, const {z} *z, {node.Type} *y)");
        node.Line(0, "{");
        node.Line(1, "int32_t i;");
        node.Loop(1, "i", node.Output.Shape.Length);
        node.Line(2, $"y[i] = ({node.Type})({value});");
        node.Line(1, "}");
        node.Line(0, "}\n");
    }

    private static string Sum(CNode node, SumOperation sum)
    {
        var bits = node.Output.Type == ElementType.Int64 || node.Output.Bound > int.MaxValue || Math.Max(sum.ShiftX, sum.ShiftY) > 30 ? 64 : 32;
        return $"{Times("x[i]", sum.ShiftX)} + {Times("z[i]", sum.ShiftY)}";

        string Times(string value, int shift) => shift == 0 ? $"(int{bits}_t){value}" : $"{value} * (INT{bits}_C(1) << {shift})";
    }

    private static string AffineSum(CNode node, AffineSum f)
    {
        var stages = new CStages(node.Helpers);
        string Common(string value, AffineOperand of) =>
            stages.Scale($"({value} - ({CText.Int(of.ZeroPoint)})) * (INT32_C(1) << {Quantization.AffineSum.MoreBits})", of.Scale, f.Rounding);
        return stages.Scaled($"{Common("x[i]", f.X)} + {Common("z[i]", f.Y)}", f.Scale, f.ZeroPoint, f.Low, f.High, f.Rounding);
    }

    private static void Concat(CNode node)
    {
        var (columns, rows) = (node.Output.Shape[node.Output.Shape.Rank - 1], 0L);
        var inputs = Enumerable.Range(0, node.Node.Inputs.Length).ToArray();
        rows = node.Output.Shape.Length / columns;
        node.Line(0, $"static void {node.Name}({string.Join(", ", inputs.Select(i => $"const {node.Type} *x{i}"))}, {node.Type} *y)");
        node.Line(0, "{");
        node.Line(1, "int32_t i, c;");
        node.Loop(1, "i", rows);
        var first = 0;
        foreach (var i in inputs)
        {
            var some = node.Input(i).Shape[node.Input(i).Shape.Rank - 1];
            node.Line(2, $"for (c = 0; c < {some}; c++) y[i * {columns} + {first} + c] = x{i}[i * {some} + c];");
            first += some;
        }

        node.Line(1, "}");
        node.Line(0, "}\n");
    }

    /// <summary>The greatest or the mean of each window.</summary>
    private static void Pool(CNode node, PoolGeometry g, Rounding? mean)
    {
        if (mean is not null && (Int128)node.Input(0).Bound * g.Window * 2 > long.MaxValue)
            throw new WageException($"{node.Name}: the sum of a window can leave 64 bits, which C does not have.", "take smaller windows.");
        var isWide = mean is not null && (Int128)node.Input(0).Bound * g.Window * 2 > int.MaxValue;
        var bits = isWide ? 64 : Bits(node.Output.Type);
        node.Line(0, $"static void {node.Name}(const {node.Type} *x, {node.Type} *y)");
        node.Line(0, "{");
        node.Line(1, "int32_t oy, ox, c, ky, kx;");
        node.Loop(1, "oy", g.OutputHeight);
        node.Loop(2, "ox", g.OutputWidth);
        node.Loop(3, "c", g.Channels);
        node.Line(4, $"const {node.Type} *const from = &x[(oy * {g.Stride} * {g.Width} + ox * {g.Stride}) * {g.Channels} + c];");
        node.Line(4, mean is null ? $"{node.Type} v = *from;" : $"int{bits}_t v = 0;");
        node.Loop(4, "ky", g.WindowHeight);
        node.Loop(5, "kx", g.WindowWidth);
        var at = $"from[(ky * {g.Width} + kx) * {g.Channels}]";
        node.Line(6, mean is null ? $"if ({at} > v) v = {at};" : $"v += {at};");
        node.Line(5, "}");
        node.Line(4, "}");
        var name = mean == Rounding.HalfEven ? "mean_even" : "mean_away";
        var value = mean is null ? "v" : $"({node.Type}){node.Helpers.Use(name, bits)}(v, {g.Window})";
        node.Line(4, $"y[(oy * {g.OutputWidth} + ox) * {g.Channels} + c] = {value};");
        for (var depth = 3; depth > 0; depth--) node.Line(depth, "}");
        node.Line(0, "}\n");
    }
}
