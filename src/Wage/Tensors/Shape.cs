using System.Collections.Immutable;

namespace Wage.Tensors;

/// <summary>The extents of a tensor, slowest first; images are [N, H, W, C], convolution weights [out, kh, kw, in].</summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly ImmutableArray<int> extents;

    /// <summary>A shape of these extents, each at least 1, with fewer than 2^31 elements in all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An extent is less than 1, or the product reaches 2^31.</exception>
    public Shape(params ReadOnlySpan<int> extents)
    {
        var length = 1L;
        foreach (var extent in extents)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(extent, 1, nameof(extents));
            length *= extent;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue, nameof(extents));
        }

        this.extents = [.. extents];
        Length = (int)length;
    }

    /// <summary>The number of dimensions.</summary>
    public int Rank => extents.IsDefault ? 0 : extents.Length;

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>The extent of dimension <paramref name="dimension"/>.</summary>
    public int this[int dimension] => extents[dimension];

    /// <summary>The elements below the first dimension: the size of one sample of a batch.</summary>
    public int Stride => Length / this[0];

    /// <summary>The same extents but for the first, which counts the samples of a batch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are less than 1, or 2^31 elements in all.</exception>
    public Shape OfBatch(int samples) => new([samples, .. extents.AsSpan(1..)]);

    /// <inheritdoc/>
    public bool Equals(Shape other) => Rank == other.Rank && (Rank == 0 || extents.AsSpan().SequenceEqual(other.extents.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Rank == 0 ? 0 : HashCode.Combine(Rank, Length, extents[0]);

    /// <summary>"[128,12,12,32]".</summary>
    public override string ToString() => Rank == 0 ? "[]" : $"[{string.Join(',', extents)}]";

    /// <summary>Equal rank and extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Different rank or extents.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);
}
