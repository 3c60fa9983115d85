using System.Numerics;
using System.Runtime.Intrinsics;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Pooling of one type's elements: images are the items, channels the lanes.</summary>
internal abstract class HostPooling
{
    private static readonly HostPooling Bytes = new HostPooling<sbyte>();
    private static readonly HostPooling Words = new HostPooling<short>();
    private static readonly HostPooling Integers = new HostPooling<int>();
    private static readonly HostPooling Longs = new HostPooling<long>();

    /// <summary>That of the type of both tensors.</summary>
    /// <exception cref="ArgumentException">They differ, or have no sign.</exception>
    public static HostPooling Of(Tensor x, Tensor y) => (x.Type == y.Type ? x.Type : ElementType.UInt8) switch
    {
        ElementType.Int8 => Bytes,
        ElementType.Int16 => Words,
        ElementType.Int32 => Integers,
        ElementType.Int64 => Longs,
        _ => throw new ArgumentException($"a pooling's tensors have one signed type, not {x.Type} and {y.Type}", nameof(y)),
    };

    /// <inheritdoc cref="IBackend.MaxPool"/>
    public abstract void Maxima(HostEngine engine, Tensor x, in PoolGeometry g, Tensor y, HostTensor<byte> position);

    /// <inheritdoc cref="IBackend.AveragePool"/>
    public abstract void Averages(HostEngine engine, Tensor x, in PoolGeometry g, Rounding rounding, Tensor y);

    /// <summary>Errors to their windows' maxima, or to every element where no position is given.</summary>
    public abstract void Errors(HostEngine engine, Tensor e, HostTensor<byte>? position, in PoolGeometry g, long limit, Tensor destination);

    /// <summary>The first element of a window.</summary>
    protected static long Window(in PoolGeometry g, int image, int row, int column) =>
        (((((long)image * g.Height) + (row * g.Stride)) * g.Width) + (column * g.Stride)) * g.Channels;
}

/// <inheritdoc/>
internal sealed unsafe class HostPooling<T> : HostPooling
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    /// <inheritdoc/>
    public override void Maxima(HostEngine engine, Tensor x, in PoolGeometry g, Tensor y, HostTensor<byte> position) =>
        engine.Pool.Run(g.Batch, (x: (HostTensor<T>)x, g, y: (HostTensor<T>)y, position), static (in s, image, _) =>
    {
        var g = s.g;
        var output = (long)image * g.OutputHeight * g.OutputWidth * g.Channels;
        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++, output += g.Channels)
                PoolingWindow.Maximum(s.x.Pointer + Window(g, image, row, column), g, s.y.Pointer + output, s.position.Pointer + output);
        }
    });

    /// <inheritdoc/>
    public override void Averages(HostEngine engine, Tensor x, in PoolGeometry g, Rounding rounding, Tensor y) =>
        engine.Pool.Run(g.Batch, (x: (HostTensor<T>)x, g, rounding, y: (HostTensor<T>)y, engine.Scratch.Pairs), static (in s, image, worker) =>
    {
        var g = s.g;
        var sums = s.Pairs[worker].Ensure<long>(g.Channels);
        var output = s.y.Pointer + ((long)image * g.OutputHeight * g.OutputWidth * g.Channels);
        for (var row = 0; row < g.OutputHeight; row++)
        {
            for (var column = 0; column < g.OutputWidth; column++)
            {
                var window = s.x.Pointer + Window(g, image, row, column);
                var c = 0;
                if (typeof(T) == typeof(int))
                {
                    c = g.Channels & -Vector256<int>.Count;
                    PoolingWindow.Sums((int*)window, g, c, sums);
                    for (var i = 0; i < c; i++) *output++ = T.CreateChecked(FixedPoint.Divide(sums[i], g.Window, s.rounding));
                }

                for (; c < g.Channels; c++)
                {
                    var sum = 0L;
                    for (var k = 0; k < g.Window; k++) sum += long.CreateTruncating(window[PoolingWindow.Element(g, k) + c]);
                    *output++ = T.CreateChecked(FixedPoint.Divide(sum, g.Window, s.rounding));
                }
            }
        }
    });

    /// <inheritdoc/>
    public override void Errors(HostEngine engine, Tensor e, HostTensor<byte>? position, in PoolGeometry g, long limit, Tensor destination) =>
        engine.Pool.Run(g.Batch, (e: (HostTensor<T>)e, position, g, limit, destination: (HostTensor<T>)destination, engine.Scratch.Pairs),
            static (in s, image, worker) =>
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

        if (position is null && g.Stride >= Math.Max(g.WindowHeight, g.WindowWidth) && limit <= long.CreateTruncating(T.MaxValue))
        {
            PoolingWindow.Spread(s.e.Pointer + output, g, T.CreateTruncating(limit), to);
            return;
        }

        var sums = s.Pairs[worker].Ensure<long>(length);
        new Span<long>(sums, length).Clear();
        PoolingWindow.Sum(s.e.Pointer + output, position is null ? null : position.Pointer + output, g, sums);
        for (var i = 0; i < length; i++) to[i] = T.CreateChecked(FixedPoint.Saturate(sums[i], limit));
    });
}
