using Wage.Backends.Host;
using Wage.SelfTest;

namespace Wage.Tests.Backends;

/// <summary>One call of a tile kernel with drawn operands and a drawn walk, beside the sums that it must give.</summary>
internal sealed unsafe class KernelCase : IDisposable
{
    private const int Canary = 0x5A5A5A5A;
    private readonly Draw draw;
    private readonly TileKernel kernel;
    private readonly int panels;
    private readonly bool accumulate;
    private readonly TileLoop loop;
    private readonly int[] offsets;
    private readonly long[] a;
    private readonly long[] b;
    private readonly NativeBuffer rows = new();
    private readonly NativeBuffer columns = new();
    private readonly NativeBuffer starts = new();
    private readonly NativeBuffer sums = new();

    /// <summary>Draws a case.</summary>
    /// <param name="kernel">For its rows, terms and ranges.</param>
    /// <param name="seed">The case.</param>
    /// <param name="panels">Panels of the tile.</param>
    /// <param name="forwardOnly">The walk and the ending of a forward product: one plane, neighbouring steps, nothing to add to.</param>
    public KernelCase(TileKernel kernel, ulong seed, int panels, bool forwardOnly)
    {
        (this.kernel, this.panels, draw) = (kernel, panels, new Draw(seed));
        accumulate = !forwardOnly && draw.Between(0, 1) == 1;
        var (planes, outer, inner) = ((int)draw.Between(1, forwardOnly ? 1 : 3), (int)draw.Between(1, 4), (int)draw.Between(1, 19));
        nint innerStep = forwardOnly ? kernel.Terms : (nint)draw.Between(kernel.Terms, 11);
        loop = new TileLoop(planes, outer, inner, (nint)draw.Between(0, 900), (nint)draw.Between(0, 70), innerStep);
        loop = loop with { PanelStep = (loop.Steps + draw.Between(0, 2)) is var steps ? (nint)(steps * TileLoop.StepBytes) : 0 };
        offsets = [.. Enumerable.Range(0, kernel.Rows).Select(_ => (int)draw.Between(0, 500))];
        if (kernel.Rows == TileKernel.WholeRows)
        {
            var (second, third) = ((int)draw.Between(0, 99), (int)draw.Between(0, 200));
            for (var i = 0; i < 8; i++) (offsets[i], offsets[i + 8], offsets[i + 16]) = Even(offsets[i] / 2);

            (int First, int Second, int Third) Even(int first) => (first, first + second, first + third);
        }

        var wide = kernel.Terms == 2;
        var most = wide ? draw.Of(short.MaxValue, 127L, 3L) : 127;
        var weight = Math.Min(kernel.MostWeight, draw.Of(128L, 8L, 1L));
        loop = loop with { SafeSteps = kernel.MostWeight < 128 ? Avx2NarrowTile.Steps((int)weight) : int.MaxValue };
        var reach = 500 + (planes * (int)loop.PlaneStep) + (outer * (int)loop.OuterStep) + (inner * (int)innerStep) + kernel.Terms;
        a = [.. draw.Adversarial(reach, most).Select(v => draw.Between(0, 9) == 0 ? -most - 1 : v)];
        b = Enumerable.Range(0, panels).SelectMany(_ => Values(loop.Steps * TileLoop.Columns * kernel.Terms, weight)).ToArray();
    }

    /// <summary>Null where the kernel gives the sums and writes nothing else, or else what it does wrong.</summary>
    public string? Fault(TileKernel actual)
    {
        var (width, stride) = (panels * TileLoop.Columns, (panels * TileLoop.Columns) + (int)draw.Between(0, 5));
        var c = sums.Ensure<int>((long)kernel.Rows * stride);
        var before = new Draw(7).Many(kernel.Rows * stride, -1_000_000, 1_000_000);
        for (var i = 0; i < before.Length; i++) c[i] = i % stride < width ? (int)before[i] : Canary;
        var walk = loop;
        var start = starts.Ensure<int>(width);
        for (var j = 0; j < width; j++) start[j] = StartOf(j);
        fixed (int* at = offsets) actual.Of(panels)(Rows(), at, Panels(), &walk, start, c, stride, accumulate);
        for (var i = 0; i < before.Length; i++)
        {
            var (r, j) = (i / stride, i % stride);
            var expected = j >= width ? Canary : (accumulate ? before[i] : 0) + Sum(r, j);
            if (c[i] != unchecked((int)expected)) return $"{this}: row {r}, column {j} is {c[i]}, must be {unchecked((int)expected)}";
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer[])[rows, columns, starts, sums]) buffer.Dispose();
    }

    public override string ToString() => $"{kernel.Rows} rows, {panels} panels of {kernel.Terms} terms, {loop}, accumulate {accumulate}";

    /// <summary>-128 sum w, where rows are unsigned.</summary>
    private int StartOf(int column) =>
        kernel.Bias == 0 ? 0 : (int)(-kernel.Bias * Enumerable.Range(0, loop.Steps * kernel.Terms)
            .Sum(i => Column(column, i / kernel.Terms, i % kernel.Terms)));

    private long[] Values(int n, long limit) => [.. draw.Adversarial(n, limit).Select(v => Math.Min(v, 127))];

    private long Column(int column, int step, int term)
    {
        var (panel, j) = Math.DivRem(column, TileLoop.Columns);
        return b[((((panel * loop.Steps) + step) * TileLoop.Columns) + j) * kernel.Terms + term];
    }

    private long Sum(int row, int column)
    {
        var (sum, step) = (0L, 0);
        for (var plane = 0; plane < loop.Planes; plane++)
            for (var outer = 0; outer < loop.Outer; outer++)
                for (var inner = 0; inner < loop.Inner; inner++, step++)
                    for (var term = 0; term < kernel.Terms; term++)
                        sum += a[offsets[row] + (plane * loop.PlaneStep) + (outer * loop.OuterStep) + (inner * loop.InnerStep) + term]
                            * Column(column, step, term);
        return sum;
    }

    private void* Rows()
    {
        if (kernel.Terms == 2) return Words(rows, a, a.Length);
        var to = rows.Ensure<byte>(a.Length);
        for (var i = 0; i < a.Length; i++) to[i] = (byte)((sbyte)a[i] ^ kernel.Bias);
        return to;
    }

    private void* Panels()
    {
        var (length, all) = ((int)loop.PanelStep / kernel.ElementSize, new long[panels * (int)loop.PanelStep / kernel.ElementSize]);
        for (var panel = 0; panel < panels; panel++)
            Array.Copy(b, panel * loop.Steps * TileLoop.Columns * kernel.Terms, all, panel * length, loop.Steps * TileLoop.Columns * kernel.Terms);
        if (kernel.Terms == 2) return Words(columns, all, all.Length);
        var to = columns.Ensure<sbyte>(all.Length);
        for (var i = 0; i < all.Length; i++) to[i] = (sbyte)all[i];
        return to;
    }

    private static void* Words(NativeBuffer buffer, long[] values, int n)
    {
        var to = buffer.Ensure<short>(n);
        for (var i = 0; i < n; i++) to[i] = (short)values[i];
        return to;
    }
}
