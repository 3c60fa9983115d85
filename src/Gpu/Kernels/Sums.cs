namespace Wage.Gpu.Kernels;

/// <summary>A sum of products, as wide as its bound demands.</summary>
internal interface ISum<TSelf>
    where TSelf : struct, ISum<TSelf>
{
    /// <summary>sum + a b. |a b| &lt; 2^31: operands have at most 8 and 16 bits.</summary>
    static abstract TSelf Add(TSelf sum, int a, int b);

    /// <summary>The sum.</summary>
    static abstract long Value(TSelf sum);
}

/// <summary>A sum proved to fit 32 bits.</summary>
internal readonly struct Sum32(int value) : ISum<Sum32>
{
    private readonly int value = value;

    public static Sum32 Add(Sum32 sum, int a, int b) => new(sum.value + (a * b));

    public static long Value(Sum32 sum) => sum.value;
}

/// <summary>A sum proved to fit 64 bits.</summary>
internal readonly struct Sum64(long value) : ISum<Sum64>
{
    private readonly long value = value;

    public static Sum64 Add(Sum64 sum, int a, int b) => new(sum.value + (a * b));

    public static long Value(Sum64 sum) => sum.value;
}
