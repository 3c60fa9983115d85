using Wage.Backends;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Batches and losses.</summary>
internal static class LoadingCases
{
    public static IEnumerable<BackendCase> All() => [.. Batches(), .. Losses()];

    private static IEnumerable<BackendCase> Batches()
    {
        foreach (var augmentation in (Augmentation[])[Augmentation.None, new(0, true), new(2, false), new(4, true)])
        {
            foreach (var (height, width, channels) in ((int, int, int)[])[(5, 7, 1), (8, 8, 3)])
            {
                foreach (var offset in (int[])[0, 3, 10])
                    yield return Images(augmentation, height, width, channels, offset);
            }
        }

        yield return new BackendCase(nameof(IBackend.LoadLabels), "past the end and ignored", b =>
        {
            var y = b.Allocate(ElementType.Int32, new Shape(5));
            b.LoadLabels(b.With(ElementType.UInt8, 3, 1, 4, 1, 5), b.With(ElementType.Int32, 4, -1, 0, 2), 1, y);
            return [b.Values(y)];
        });
    }

    private static BackendCase Images(Augmentation augmentation, int height, int width, int channels, int offset) =>
        new(nameof(IBackend.LoadImages), $"{augmentation} {height}x{width}x{channels} from {offset}", b =>
        {
            var draw = new Draw(9);
            var shape = new Shape(9, height, width, channels);
            var pixels = b.With(ElementType.UInt8, shape, draw.Many(shape.Length, 0, 255));
            var table = b.With(ElementType.Int8, draw.Many(256, -127, 127));
            var order = b.With(ElementType.Int32, 8, 3, -1, 0, 7, 7, 1, 2, 5, 6, 4, 8);
            var images = b.Allocate(ElementType.Int8, new Shape(6, height, width, channels));
            b.LoadImages(pixels, order, offset, table, augmentation, new RandomKey(77, RandomStream.Augmentation, 3), images);
            return [b.Values(images)];
        });

    private static IEnumerable<BackendCase> Losses()
    {
        (ElementType, ElementType)[] types =
        [
            (ElementType.Int8, ElementType.Int32), (ElementType.Int32, ElementType.Int64), (ElementType.Int64, ElementType.Int64),
        ];
        foreach (var (scores, delta) in types)
        {
            yield return new BackendCase(nameof(SquaredErrorRow), $"{scores}", b => Loss(b, scores, delta, new SquaredErrorRow(128, 3)));
            yield return new BackendCase(nameof(CrossEntropyRow), $"{scores}", b => Loss(b, scores, delta, new CrossEntropyRow(4)));
        }
    }

    private static long[][] Loss<L>(IBackend b, ElementType scores, ElementType delta, L loss)
        where L : unmanaged, ILossRow
    {
        var s = b.With(scores, new Shape(7, 11), new Draw(4).Many(77, -100, 100));
        var labels = b.With(ElementType.Int32, 0, 10, -1, 4, 4, 3, 9);
        var (d, metrics) = (b.Allocate(delta, new Shape(7, 11)), b.With(ElementType.Int64, 5, 1, 2));
        b.LossErrors(s, labels, loss, d, metrics);
        return [b.Values(d), b.Values(metrics)];
    }
}
