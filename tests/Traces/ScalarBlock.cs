using System.Text.Json.Nodes;

namespace Wage.Tests.Traces;

/// <summary>
/// One layer with weights of a traced network, with the pooling behind it: its three products and its pooling, as loops over single elements.
/// </summary>
internal sealed class ScalarBlock(JsonNode layer, JsonNode? pool)
{
    private readonly JsonNode g = layer["product"]!;

    public string Name { get; } = (string)layer["name"]!;

    public int Index { get; } = (int)layer["parameter"]!;

    public int WeightFractionBits { get; } = (int)layer["weightFractionBits"]!;

    public string? PoolName { get; } = (string?)pool?["name"];

    public long[] Input { get; set; } = [];

    public long[] Stored { get; set; } = [];

    public long[] Weights { get; set; } = [];

    /// <summary>What entered Q_A.</summary>
    public long[] Sums { get; set; } = [];

    public long[] Positions { get; private set; } = [];

    public int Batch => Of("batch");

    public int Filters => Of("filters");

    private int Rows => ((Of("height") + Of("top") + Of("bottom") - Of("kernelHeight")) / Of("stride")) + 1;

    private int Columns => ((Of("width") + Of("left") + Of("right") - Of("kernelWidth")) / Of("stride")) + 1;

    public long[] Forward()
    {
        var sums = new long[Batch * Rows * Columns * Filters];
        foreach (var (output, input, weight) in Products()) sums[output] += Input[input] * Weights[weight];
        return sums;
    }

    public long[] Error(long[] e)
    {
        var delta = new long[Input.Length];
        foreach (var (output, input, weight) in Products()) delta[input] += e[output] * Weights[weight];
        return delta;
    }

    public long[] Gradient(long[] e)
    {
        var gradient = new long[Weights.Length];
        foreach (var (output, input, weight) in Products()) gradient[weight] += e[output] * Input[input];
        return gradient;
    }

    /// <summary>The maxima; the positions are the first ones in row-major order within a window.</summary>
    public long[] Pool(long[] x)
    {
        var (maxima, positions) = (new List<long>(), new List<long>());
        foreach (var window in PoolWindows())
        {
            var best = 0;
            for (var k = 1; k < window.Length; k++)
                if (x[window[k]] > x[window[best]]) best = k;
            maxima.Add(x[window[best]]);
            positions.Add(best);
        }

        Positions = [.. positions];
        return [.. maxima];
    }

    public long[] PoolError(long[] e)
    {
        var image = new long[Batch * Of(pool!["pool"]!, "height") * Of(pool["pool"]!, "width") * Of(pool["pool"]!, "channels")];
        var i = 0;
        foreach (var window in PoolWindows())
        {
            image[window[Positions[i]]] += e[i];
            i++;
        }

        return image;
    }

    /// <summary>Every (output, input, weight) whose product is a term of the convolution.</summary>
    private IEnumerable<(int Output, int Input, int Weight)> Products()
    {
        var (height, width, channels, kernelHeight, kernelWidth) = (Of("height"), Of("width"), Of("channels"), Of("kernelHeight"), Of("kernelWidth"));
        var (rows, columns, filters, stride, top, left) = (Rows, Columns, Filters, Of("stride"), Of("top"), Of("left"));
        var (groupFilters, terms) = (filters / Of("groups"), channels / Of("groups"));
        for (var n = 0; n < Batch; n++)
            for (var y = 0; y < rows; y++)
                for (var x = 0; x < columns; x++)
                    for (var ky = 0; ky < kernelHeight; ky++)
                        for (var kx = 0; kx < kernelWidth; kx++)
                        {
                            var (row, column) = ((y * stride) + ky - top, (x * stride) + kx - left);
                            if (row < 0 || row >= height || column < 0 || column >= width) continue;
                            for (var f = 0; f < filters; f++)
                                for (var c = 0; c < terms; c++)
                                {
                                    yield return (
                                        (((((n * rows) + y) * columns) + x) * filters) + f,
                                        (((((n * height) + row) * width) + column) * channels) + (f / groupFilters * terms) + c,
                                        (((((f * kernelHeight) + ky) * kernelWidth) + kx) * terms) + c);
                                }
                        }
    }

    /// <summary>The elements of each window, in the order of the outputs.</summary>
    private IEnumerable<int[]> PoolWindows()
    {
        var p = pool!["pool"]!;
        var (height, width, channels, stride) = (Of(p, "height"), Of(p, "width"), Of(p, "channels"), Of(p, "stride"));
        var (high, wide) = (Of(p, "windowHeight"), Of(p, "windowWidth"));
        for (var n = 0; n < Batch; n++)
            for (var y = 0; y + high <= height; y += stride)
                for (var x = 0; x + wide <= width; x += stride)
                    for (var c = 0; c < channels; c++)
                    {
                        yield return [.. Enumerable.Range(0, high * wide).Select(k =>
                (((((n * height) + y + (k / wide)) * width) + x + (k % wide)) * channels) + c)];
                    }
    }

    private int Of(string key) => Of(g, key);

    private static int Of(JsonNode node, string key) => (int)node[key]!;
}
