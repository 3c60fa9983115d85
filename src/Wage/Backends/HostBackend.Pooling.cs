using System.Numerics;
using Wage.Backends.Host;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends;

/// <content>Pooling: images are the items, channels the lanes.</content>
public sealed unsafe partial class HostBackend
{
    /// <inheritdoc/>
    public void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position)
    {
        Require(x, g.InputLength);
        Require(y, g.OutputLength);
        Require(position, g.OutputLength);
        var first = (HostTensor<byte>)position;
        switch (x, y)
        {
            case (HostTensor<sbyte> source, HostTensor<sbyte> destination): MaxPool(source, g, destination, first); break;
            case (HostTensor<short> source, HostTensor<short> destination): MaxPool(source, g, destination, first); break;
            case (HostTensor<int> source, HostTensor<int> destination): MaxPool(source, g, destination, first); break;
            case (HostTensor<long> source, HostTensor<long> destination): MaxPool(source, g, destination, first); break;
            default: throw new ArgumentException($"a pooling's result has its source's signed type, not {x.Type} to {y.Type}", nameof(y));
        }
    }

    /// <inheritdoc/>
    public void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination)
    {
        Require(e, g.OutputLength);
        Require(position, g.OutputLength);
        Require(destination, g.InputLength);
        switch (e, destination)
        {
            case (HostTensor<sbyte> error, HostTensor<sbyte> to): PoolError(error, (HostTensor<byte>)position, g, limit, to); break;
            case (HostTensor<short> error, HostTensor<short> to): PoolError(error, (HostTensor<byte>)position, g, limit, to); break;
            case (HostTensor<int> error, HostTensor<int> to): PoolError(error, (HostTensor<byte>)position, g, limit, to); break;
            case (HostTensor<long> error, HostTensor<long> to): PoolError(error, (HostTensor<byte>)position, g, limit, to); break;
            default: throw new ArgumentException($"a pooling's errors have one signed type, not {e.Type} to {destination.Type}", nameof(destination));
        }
    }

    /// <inheritdoc/>
    public void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y)
    {
        Require(x, g.InputLength);
        Require(y, g.OutputLength);
        switch (x, y)
        {
            case (HostTensor<sbyte> source, HostTensor<sbyte> destination): AveragePool(source, g, rounding, destination); break;
            case (HostTensor<short> source, HostTensor<short> destination): AveragePool(source, g, rounding, destination); break;
            case (HostTensor<int> source, HostTensor<int> destination): AveragePool(source, g, rounding, destination); break;
            case (HostTensor<long> source, HostTensor<long> destination): AveragePool(source, g, rounding, destination); break;
            default: throw new ArgumentException($"a pooling's result has its source's signed type, not {x.Type} to {y.Type}", nameof(y));
        }
    }

    /// <inheritdoc/>
    public void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination)
    {
        Require(e, g.OutputLength);
        Require(destination, g.InputLength);
        switch (e, destination)
        {
            case (HostTensor<sbyte> error, HostTensor<sbyte> to): PoolError(error, null, g, limit, to); break;
            case (HostTensor<short> error, HostTensor<short> to): PoolError(error, null, g, limit, to); break;
            case (HostTensor<int> error, HostTensor<int> to): PoolError(error, null, g, limit, to); break;
            case (HostTensor<long> error, HostTensor<long> to): PoolError(error, null, g, limit, to); break;
            default: throw new ArgumentException($"a pooling's errors have one signed type, not {e.Type} to {destination.Type}", nameof(destination));
        }
    }

    private void MaxPool<T>(HostTensor<T> x, PoolGeometry g, HostTensor<T> y, HostTensor<byte> position)
        where T : unmanaged, IBinaryInteger<T> => Pool.Run(g.Batch, (x, g, y, position), static (in s, image, _) =>
    {
        var g = s.g;
        var output = (long)image * g.OutputHeight * g.OutputWidth * g.Channels;
        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++, output += g.Channels)
                PoolingWindow.Maximum(s.x.Pointer + Window(g, image, row, column), g, s.y.Pointer + output, s.position.Pointer + output);
        }
    });

    private void AveragePool<T>(HostTensor<T> x, PoolGeometry g, Rounding rounding, HostTensor<T> y)
        where T : unmanaged, IBinaryInteger<T> => Pool.Run(g.Batch, (x, g, rounding, y), static (in s, image, _) =>
    {
        var g = s.g;
        var output = s.y.Pointer + ((long)image * g.OutputHeight * g.OutputWidth * g.Channels);
        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++)
            {
                var window = s.x.Pointer + Window(g, image, row, column);
                for (var c = 0; c < g.Channels; c++)
                {
                    var sum = 0L;
                    for (var k = 0; k < g.Window; k++) sum += long.CreateTruncating(window[PoolingWindow.Element(g, k) + c]);
                    *output++ = T.CreateChecked(FixedPoint.Divide(sum, g.Window, s.rounding));
                }
            }
        }
    });

    /// <summary>Errors to their windows' maxima, or to every element where no position is given.</summary>
    private void PoolError<T>(HostTensor<T> e, HostTensor<byte>? position, PoolGeometry g, long limit, HostTensor<T> destination)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        Pool.Run(g.Batch, (e, position, g, limit, destination, engine.Scratch.Pairs), static (in s, image, worker) =>
    {
        var (g, position, limit) = (s.g, s.position, s.limit);
        var length = g.Height * g.Width * g.Channels;
        var output = (long)image * g.OutputHeight * g.OutputWidth * g.Channels;
        var to = s.destination.Pointer + ((long)image * length);
        if (position is not null && g.Stride >= Math.Max(g.WindowHeight, g.WindowWidth) && limit <= long.CreateTruncating(T.MaxValue))
        {
            PoolingWindow.Scatter(s.e.Pointer + output, position.Pointer + output, g, T.CreateTruncating(limit), to);
            return;
        }

        var sums = s.Pairs[worker].Ensure<long>(length);
        new Span<long>(sums, length).Clear();
        PoolingWindow.Sum(s.e.Pointer + output, position is null ? null : position.Pointer + output, g, sums);
        for (var i = 0; i < length; i++) to[i] = T.CreateChecked(FixedPoint.Saturate(sums[i], limit));
    });

    private static long Window(in PoolGeometry g, int image, int row, int column) =>
        (((((long)image * g.Height) + (row * g.Stride)) * g.Width) + (column * g.Stride)) * g.Channels;
}
