using Wage.Backends;

namespace Wage.SelfTest;

/// <summary>Convolutions in groups: of one channel and of several, with one filter for each channel and with more.</summary>
internal static class GroupedGeometries
{
    /// <summary>Groups, and of each its channels and filters: whole vectors and remainders.</summary>
    private static readonly (int Groups, int Channels, int Filters)[] Divisions =
    [
        (2, 1, 1), (3, 1, 1), (16, 1, 1), (17, 1, 1), (32, 1, 1), (47, 1, 1), (66, 1, 1), (5, 1, 3), (9, 1, 2), (33, 1, 2),
        (2, 3, 17), (3, 16, 5), (4, 2, 1),
    ];

    private static readonly (int Height, int Width)[] Kernels = [(1, 1), (3, 3), (5, 5), (2, 3), (3, 4)];

    public static IEnumerable<ConvGeometry> All()
    {
        var draw = new Draw(11);
        foreach (var (groups, channels, filters) in Divisions)
        {
            for (var stride = 1; stride <= 3; stride++)
            {
                var (kernelHeight, kernelWidth) = stride == 1 ? (3, 3) : draw.Of<(int, int)>(Kernels);
                var (height, width) = ((int)draw.Between(kernelHeight, 9), (int)draw.Between(kernelWidth, 9));
                var same = Padding.Same(height, width, kernelHeight, kernelWidth, stride);
                var padding = draw.Of(
                    Padding.None, same, same,
                    new Padding((int)draw.Between(0, 4), (int)draw.Between(0, 4), (int)draw.Between(0, 4), (int)draw.Between(0, 4)));
                yield return new ConvGeometry(
                    draw.Of(1, 2, 3, 7), height, width, groups * channels, groups * filters, kernelHeight, kernelWidth, stride, padding, groups);
            }
        }

        yield return new ConvGeometry(1, 1, 1, 6, 6, 1, 1, 1, Padding.None, 6);
        yield return new ConvGeometry(3, 1, 1, 6, 4, 1, 1, 1, Padding.None, 2);
        yield return new ConvGeometry(1, 1, 1200, 3, 3, 1, 2, 1, Padding.None, 3);
        yield return new ConvGeometry(1, 2, 530, 2, 2, 1, 530, 1, Padding.Same(2, 530, 1, 530, 1), 2);
    }
}
