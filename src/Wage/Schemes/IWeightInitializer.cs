using Wage.Numbers;

namespace Wage.Schemes;

/// <summary>The first stored weights of a layer: element i is a function of the key and i.</summary>
public interface IWeightInitializer
{
    /// <summary>Fills a part of a layer's stored weights.</summary>
    /// <param name="fanIn">The terms of one output, at least 1.</param>
    /// <param name="key">The random bits.</param>
    /// <param name="first">The index of the first element.</param>
    /// <param name="stored">The elements from there on.</param>
    void Initialize(int fanIn, in RandomKey key, int first, Span<long> stored);
}

/// <summary>A power of two by which a layer's products are scaled, known from its shape.</summary>
public interface IScaleRule
{
    /// <summary>log2 alpha for a layer of this fan-in, at least 1: its accumulators have that many more fraction bits.</summary>
    int Log2(int fanIn);
}

/// <summary>alpha = 1.</summary>
internal sealed class NoScale : IScaleRule
{
    public static readonly NoScale Instance = new();

    public int Log2(int fanIn) => 0;
}
