using Wage.Backends;
using Wage.Models;
using Wage.Tensors;

namespace Wage.Export.C;

/// <summary>
/// Products as functions of C. A convolution takes one filter after the other over the whole image: its weights, where packed, are unpacked once. A
/// pool behind it takes the greatest sum of a window before the stage, so that no sums are stored. A dense layer reads packed weights as they are.
/// </summary>
internal static class CProducts
{
    /// <summary>Writes the function of a product with its constants.</summary>
    public static void Write(CNode node, ProductOperation product)
    {
        var (g, weights, bits) = (product.Geometry, node.Constant(0), product.Accumulator == ElementType.Int64 ? 64 : 32);
        if (weights.IsPacked) CText.Array(node.Text, "uint8_t", node.ConstantName("weights"), weights.Stored);
        else CText.Array<sbyte>(node.Text, "int8_t", node.ConstantName("weights"), weights.UnpackInt8());
        var start = node.Column(product.Reads, StageReads.Start, 1, "f");
        var stored = node.Stored(product.Stage?.Value, product.Reads, 1, bits, "f");
        var times = weights.PackedShift == 0 ? "" : $" * {1 << weights.PackedShift}";
        var sum = start is null ? "" : $" + {start}";
        if (g.IsMatrix) Dense(node, g, weights, bits, (times, sum, stored));
        else Convolve(node, product, weights, bits, (times, sum, stored));
    }

    private static void Dense(CNode node, ConvGeometry g, PlanTensor weights, int bits, (string Times, string Start, string Stored) end)
    {
        var (helpers, name, n) = (node.Helpers, node.ConstantName("weights"), g.Channels);
        string value;
        if (!weights.IsPacked) value = $"{helpers.Use("dot", bits)}(x, &{name}[f * {n}], {n})";
        else
        {
            var (factor, less) = CHelpers.Weight(weights.Bits);
            var wide = bits == 64 || (Int128)n * node.Input(0).Bound * ((1 << weights.Bits) + less) > int.MaxValue ? 64 : 32;
            var codes = helpers.UseCodes(weights.Bits, wide, "f", name, n);
            value = $"{codes}{(factor == 1 ? "" : $" * {factor}")} - less";
            if (wide > bits) value = $"(int{bits}_t)({value})";
            helpers.Use("total", wide);
            Begin(node, scratch: "");
            node.Line(1, $"const int{wide}_t less = total_{wide}(x, {n}){(less == 1 ? "" : $" * {less}")};");
            Finish();
            return;
        }

        Begin(node, scratch: "");
        Finish();

        void Finish()
        {
            node.Line(1, "int32_t f;");
            node.Loop(1, "f", g.Filters);
            node.Line(2, $"const int{bits}_t v = {(end.Times.Length == 0 ? value : $"({value})")}{end.Times}{end.Start};");
            node.Line(2, $"y[f] = {end.Stored};");
            node.Line(1, "}");
            node.Line(0, "}\n");
        }
    }

    private static void Convolve(
        CNode node, ProductOperation product, PlanTensor weights, int bits, (string Times, string Start, string Stored) end)
    {
        var (g, windows, name) = (product.Geometry, product.Pool, node.ConstantName("weights"));
        Position(node, g, bits);
        Begin(node, weights.IsPacked ? ", int8_t *w" : "");
        node.Line(1, windows is null ? "int32_t f, oy, ox;" : "int32_t f, oy, ox, ky, kx;");
        node.Loop(1, "f", g.Filters);
        if (weights.IsPacked) node.Line(2, $"{node.Helpers.UseUnpack(weights.Bits)}({name}, f * {g.FanIn}, {g.FanIn}, w);");
        else node.Line(2, $"const int8_t *const w = &{name}[f * {g.FanIn}];");
        var x = g.Groups == 1 ? "x" : $"&x[f / {g.GroupFilters} * {g.GroupChannels}]";
        var (height, width) = windows is { } p ? (p.OutputHeight, p.OutputWidth) : (g.OutputHeight, g.OutputWidth);
        node.Loop(2, "oy", height);
        node.Loop(3, "ox", width);
        string Sum(string row, string column) => $"{node.Name}_sum({x}, w, {row}, {column}){end.Times}{end.Start}";
        if (windows is { } pool)
        {
            node.Line(4, $"int{bits}_t v = INT{bits}_MIN;");
            node.Loop(4, "ky", pool.WindowHeight);
            node.Loop(5, "kx", pool.WindowWidth);
            var row = At($"(oy * {pool.Stride} + ky)", g.Stride, g.Padding.Top);
            var column = At($"(ox * {pool.Stride} + kx)", g.Stride, g.Padding.Left);
            node.Line(6, $"const int{bits}_t sum = {Sum(row, column)};");
            node.Line(6, "if (sum > v) v = sum;");
            node.Line(5, "}");
            node.Line(4, "}");
        }
        else
        {
            var (row, column) = (At("oy", g.Stride, g.Padding.Top), At("ox", g.Stride, g.Padding.Left));
            node.Line(4, $"const int{bits}_t v = {Sum(row, column)};");
        }

        node.Line(4, $"y[(oy * {width} + ox) * {g.Filters} + f] = {end.Stored};");
        for (var depth = 3; depth > 0; depth--) node.Line(depth, "}");
        node.Line(0, "}\n");
    }

    private static string At(string output, int stride, int before) =>
        $"{output}{(stride == 1 ? "" : $" * {stride}")}{(before == 0 ? "" : $" - {before}")}";

    private static void Begin(CNode node, string scratch)
    {
        var (from, to) = (CText.Extents(node.Input(0).Shape), CText.Extents(node.Output.Shape));
        node.Line(0, $"/* {from} -> {to} */");
        node.Line(0, $"static void {node.Name}(const int8_t *x, {node.Type} *y{scratch})");
        node.Line(0, "{");
    }

    /// <summary>The function of one filter at one place: row and column of the kernel's first element, which may lie outside.</summary>
    private static void Position(CNode node, ConvGeometry g, int bits)
    {
        var (p, row, taps) = (g.Padding, g.KernelWidth * g.GroupChannels, g.GroupChannels);
        var (isHigh, isWide) = (p.Top + p.Bottom > 0, p.Left + p.Right > 0);
        var (first, last) = isWide ? ("first", "last") : ("0", $"{g.KernelWidth}");
        var count = isWide ? "(last - first)" : $"{g.KernelWidth}";
        node.Line(0, $"static int{bits}_t {node.Name}_sum(const int8_t *x, const int8_t *w, int32_t top, int32_t left)");
        node.Line(0, "{");
        if (isWide)
        {
            node.Line(1, $"const int32_t first = left < 0 ? -left : 0;");
            node.Line(1, $"const int32_t last = left > {g.Width - g.KernelWidth} ? {g.Width} - left : {g.KernelWidth};");
        }

        node.Line(1, $"int{bits}_t sum = 0;");
        node.Line(1, g.Groups == 1 ? "int32_t ky;" : "int32_t ky, kx;");
        node.Line(1, $"for (ky = 0; ky < {g.KernelHeight}; ky++, w += {row}) {{");
        if (isHigh)
        {
            node.Line(2, $"if (top + ky < 0 || top + ky >= {g.Height}) {{");
            if (p.Value != 0) node.Line(3, $"sum += {node.Helpers.Use("total", bits)}(w, {row}) * {CText.Int(p.Value)};");
            node.Line(3, "continue;");
            node.Line(2, "}");
        }

        string At(string column) => $"((top + ky) * {g.Width} + left + {column}) * {g.Channels}";
        if (g.Groups == 1)
            node.Line(2, $"sum += {node.Helpers.Use("dot", bits)}(&x[{At(first)}], &w[{first} * {taps}], {count} * {taps});");
        else
        {
            node.Line(2, $"for (kx = {first}; kx < {last}; kx++) {{");
            node.Line(3, taps == 1
                ? $"sum += x[{At("kx")}] * w[kx];" : $"sum += {node.Helpers.Use("dot", bits)}(&x[{At("kx")}], &w[kx * {taps}], {taps});");
            node.Line(2, "}");
        }

        if (isWide && p.Value != 0)
        {
            var total = node.Helpers.Use("total", bits);
            node.Line(2, $"sum += {total}(w, first * {taps}) * {CText.Int(p.Value)};");
            node.Line(2, $"sum += {total}(&w[last * {taps}], ({g.KernelWidth} - last) * {taps}) * {CText.Int(p.Value)};");
        }

        node.Line(1, "}");
        node.Line(1, "return sum;");
        node.Line(0, "}\n");
    }
}
