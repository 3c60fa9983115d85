using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Wage.Models;

/// <summary>An immutable list that is equal to another with equal elements.</summary>
/// <typeparam name="T">The elements.</typeparam>
[CollectionBuilder(typeof(SpecList), nameof(SpecList.Of))]
public sealed class SpecList<T> : IReadOnlyList<T>, IEquatable<SpecList<T>>
{
    private readonly ImmutableArray<T> elements;

    internal SpecList(ReadOnlySpan<T> elements) => this.elements = [.. elements];

    /// <inheritdoc/>
    public int Count => elements.Length;

    /// <inheritdoc/>
    public T this[int index] => elements[index];

    /// <inheritdoc/>
    public bool Equals(SpecList<T>? other) => other is not null && elements.SequenceEqual(other.elements);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SpecList<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => elements.Aggregate(Count, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", elements)}]";

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => elements.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Makes lists of collection expressions.</summary>
public static class SpecList
{
    /// <summary>A list of these.</summary>
    public static SpecList<T> Of<T>(ReadOnlySpan<T> elements) => new(elements);
}
