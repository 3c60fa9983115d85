using Wage.Data;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>
/// The definition of every operation: scalar loops in 64 bits, in the order in which the equations are read. Stores are checked:
/// a value that its tensor cannot hold throws. Slow by design; every other backend is tested against it, integer for integer.
/// </summary>
public sealed partial class ReferenceBackend : HostMemoryBackend, IBackend
{
    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public string Description => "scalar loops, the definition";

    /// <inheritdoc/>
    public void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        var (source, indices, map, y) = (Host(pixels), Host(order), Host(table), Host(images));
        var (height, width, channels) = (images.Shape[1], images.Shape[2], images.Shape[3]);
        for (var n = 0; n < images.Shape[0]; n++)
        {
            var index = Index(indices, offset + n);
            var (dy, dx, flip) = augmentation.Draw(key, (ulong)(offset + n));
            for (var row = 0; row < height; row++)
            {
                for (var column = 0; column < width; column++)
                {
                    var (fromRow, fromColumn) = (row + dy, (flip ? width - 1 - column : column) + dx);
                    var inside = index >= 0 && fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width;
                    for (var c = 0; c < channels; c++)
                    {
                        var to = (((((n * height) + row) * width) + column) * channels) + c;
                        var from = (((((index * height) + fromRow) * width) + fromColumn) * channels) + c;
                        y[to] = inside ? map[(int)source[from]] : 0;
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination)
    {
        var (source, indices, y) = (Host(labels), Host(order), Host(destination));
        for (var n = 0; n < y.Length; n++)
        {
            var index = Index(indices, offset + n);
            y[n] = index >= 0 ? source[index] : -1;
        }
    }

    /// <inheritdoc/>
    public void Reduce<R>(Tensor x, Tensor? gate, int gateBits, in R statistic, Tensor to)
        where R : unmanaged, IStatistic
    {
        var (source, passes, results) = (Host(x), Given(gate), Host(to));
        for (var k = 0; k < R.Results; k++)
        {
            results[k] = 0;
            for (var i = 0; i < source.Length; i++)
            {
                var value = passes is null || (passes[i] & gateBits) == gateBits ? source[i] : 0;
                results[k] = Statistic.Join<R>(results[k], statistic.Of(value, k));
            }
        }
    }

    /// <inheritdoc/>
    public void QuantizeGradient(Tensor gradient, Tensor range, in GradientRule rule, in RandomKey key, Tensor update, Tensor? statistic = null)
    {
        var (g, step, whole) = (Host(gradient), Host(update), new StageMeasure());
        var scale = new GradientScale(Host(range)[0], rule);
        for (var i = 0; i < g.Length; i++)
        {
            step[i] = scale.Step(g[i], scale.Random(key, rule.FirstRandom + i));
            whole.Add(g[i], step[i], scale.Most);
        }

        whole.Write(Given(statistic));
    }

    /// <inheritdoc/>
    public void Combine<F>(Tensor x, Tensor y, in F function, Tensor z)
        where F : unmanaged, IPairFunction
    {
        var (left, right, result) = (Host(x), Host(y), Host(z));
        for (var i = 0; i < result.Length; i++) result[i] = function.Of(left[i], right[i]);
    }

    /// <inheritdoc/>
    public void CopyColumns(Tensor source, Tensor destination, int first)
    {
        var (from, to, columns) = (Host(source), Host(destination), Columns.Of(source, destination, first));
        for (var i = 0; i < from.Length; i++) to[columns.Place(i)] = from[i];
    }

    /// <inheritdoc/>
    public void Lookup(Tensor x, int least, Tensor table, Tensor y)
    {
        var (source, values, result) = (Host(x), Host(table), Host(y));
        for (var i = 0; i < result.Length; i++)
            result[i] = values[TableIndex.Of(source[i], least, values.Length)];
    }

    /// <inheritdoc/>
    public void Unpack(Tensor packed, int bits, int shift, Tensor codes)
    {
        var (source, result, each) = (Host(packed), Host(codes), 8 / bits);
        for (var i = 0; i < result.Length; i++) result[i] = SignedCodes.Of((int)source[i / each], bits, i % each * bits) << shift;
    }

    /// <inheritdoc/>
    public void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ)
    {
        var alignment = new ErrorAlignment(Exponent(exponentX) + offsetX, Exponent(exponentY) + offsetY, guard);
        Combine(x, y, alignment, z);
        Host(exponentZ)[0] = alignment.Exponent;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static int Index(HostTensor order, int position) => position < order.Length ? (int)order[position] : -1;
}
