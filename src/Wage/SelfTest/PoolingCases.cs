using Wage.Backends;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Pooling with ties, overlapping windows and remainders at the edges.</summary>
internal static class PoolingCases
{
    public static IEnumerable<BackendCase> All()
    {
        var seed = 0UL;
        foreach (var type in (ElementType[])[ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64])
        {
            foreach (var (height, width, stride) in ((int, int, int)[])[(2, 2, 2), (3, 3, 2), (2, 2, 1), (3, 2, 3), (2, 3, 4), (1, 1, 1)])
            {
                foreach (var channels in (int[])[1, 3, 5, 16, 17, 33, 64])
                {
                    var g = new PoolGeometry(1 + (int)(seed % 3), 6 + (int)(seed % 4), 5 + (int)(seed % 5), channels, height, width, stride);
                    yield return Maximum(type, g, ++seed);
                    yield return MaximumError(type, g, seed % 2 == 0 ? Draw.Limit(type) : 5, ++seed);
                    yield return Average(type, g, seed % 4 == 0 ? Rounding.HalfEven : Rounding.HalfAway, seed);
                    yield return AverageError(type, g, seed % 3 == 0 ? Draw.Limit(type) : 9, seed);
                }
            }

            var whole = new PoolGeometry(2, 17, 18, 3, 17, 18, 17);
            yield return Average(type, whole, Rounding.HalfEven, ++seed);
            yield return AverageError(type, whole, Draw.Limit(type), seed);
        }
    }

    private static BackendCase Maximum(ElementType type, PoolGeometry g, ulong seed) => new(nameof(IBackend.MaxPool), $"{type} {g}", b =>
    {
        var x = Input(b, type, g.InputShape, seed);
        var (y, position) = (b.Allocate(type, g.OutputShape), b.Allocate(ElementType.UInt8, g.OutputShape));
        b.MaxPool(x, g, y, position);
        return [b.Values(y), b.Values(position)];
    });

    private static BackendCase MaximumError(ElementType type, PoolGeometry g, long limit, ulong seed) =>
        new(nameof(IBackend.MaxPoolError), $"{type} {g} {limit}", b =>
        {
            var e = Input(b, type, g.OutputShape, seed);
            var position = b.With(ElementType.UInt8, g.OutputShape, new Draw(seed + 1).Many(g.OutputShape.Length, 0, g.Window - 1));
            var destination = Input(b, type, g.InputShape, seed + 2);
            b.MaxPoolError(e, position, g, limit, destination);
            return [b.Values(destination)];
        });

    private static BackendCase Average(ElementType type, PoolGeometry g, Rounding rounding, ulong seed) =>
        new(nameof(IBackend.AveragePool), $"{type} {g} {rounding}", b =>
        {
            var y = b.Allocate(type, g.OutputShape);
            b.AveragePool(Input(b, type, g.InputShape, seed), g, rounding, y);
            return [b.Values(y)];
        });

    private static BackendCase AverageError(ElementType type, PoolGeometry g, long limit, ulong seed) =>
        new(nameof(IBackend.AveragePoolError), $"{type} {g} {limit}", b =>
        {
            var destination = Input(b, type, g.InputShape, seed + 2);
            b.AveragePoolError(Input(b, type, g.OutputShape, seed), g, limit, destination);
            return [b.Values(destination)];
        });

    /// <summary>Every second input has few values, so that windows hold equals.</summary>
    private static Tensor Input(IBackend b, ElementType type, Shape shape, ulong seed) =>
        b.With(type, shape, seed % 2 == 0 ? new Draw(seed).Adversarial(shape.Length, Draw.Limit(type)) : new Draw(seed).Many(shape.Length, -1, 1));
}
