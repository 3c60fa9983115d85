using Wage.Data;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Batches of images.</summary>
internal sealed class HostImages(HostEngine engine)
{
    /// <inheritdoc cref="IBackend.LoadImages"/>
    public void Load(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images)
    {
        HostEngine.Require(table, 256);
        HostEngine.Require(pixels, (long)pixels.Shape[0] * images.Shape.Stride);
        var (source, indices, map, to) = ((HostTensor<byte>)pixels, (HostTensor<int>)order, (HostTensor<sbyte>)table, (HostTensor<sbyte>)images);
        var (moves, bits) = (augmentation, key);
        engine.Pool.Run(images.Shape[0], (source, indices, map, to, moves, bits, offset), static (in s, n, _) =>
        {
            var (position, length) = (s.offset + n, s.to.Shape.Stride);
            var index = position < s.indices.Length ? s.indices.Span[position] : -1;
            if (index >= s.source.Shape[0]) throw new IndexOutOfRangeException($"image {index} of {s.source.Shape[0]}");
            var image = s.to.Span.Slice(n * length, length);
            if (index < 0) image.Clear();
            else Move(s.source.Span.Slice(index * length, length), s.moves.Draw(s.bits, (ulong)position), s.map.Span, s.to.Shape, image);
        });
    }

    /// <summary>
    /// Pixel (row, column) is the table's value of the source's (row + dy, column + dx), the columns mirrored first; 0 outside.
    /// </summary>
    private static void Move(ReadOnlySpan<byte> pixels, (int Dy, int Dx, bool Flip) by, ReadOnlySpan<sbyte> map, in Shape shape, Span<sbyte> image)
    {
        var (height, width, channels) = (shape[1], shape[2], shape[3]);
        if (by == (0, 0, false))
        {
            for (var i = 0; i < image.Length; i++) image[i] = map[pixels[i]];
            return;
        }

        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                var to = image.Slice(((row * width) + column) * channels, channels);
                var (fromRow, fromColumn) = (row + by.Dy, (by.Flip ? width - 1 - column : column) + by.Dx);
                if (fromRow < 0 || fromRow >= height || fromColumn < 0 || fromColumn >= width)
                {
                    to.Clear();
                    continue;
                }

                var from = pixels.Slice(((fromRow * width) + fromColumn) * channels, channels);
                for (var c = 0; c < channels; c++) to[c] = map[from[c]];
            }
        }
    }
}
