using ILGPU;
using Wage.Numbers;

// Kernels that break the rules of their arithmetic on purpose, one rule each.
namespace Wage.Tests.Architecture.Planted;

internal static class WrappingProduct
{
    public static void Run(ArrayView<ulong> x) => x[0] = x[0] * x[1];
}

internal static class WrappingSum
{
    public static void Run(ArrayView<uint> x) => x[0] += x[1];
}

internal static class Negation
{
    public static void Run(ArrayView<ulong> x) => x[0] = Of((long)x[1]);

    private static ulong Of(long x) => 0 - (ulong)x;
}

internal static class Sign
{
    public static void Run(ArrayView<long> x) => x[0] = -x[1];
}

internal static class LeastMagnitude
{
    public static void Run(ArrayView<long> x) => x[0] = Math.Abs(x[1]);
}

internal static class Eighth
{
    public static void Run(ArrayView<long> x) => x[0] = x[1] / 8;
}

internal static class UnsignedEighth
{
    public static void Run(ArrayView<ulong> x) => x[0] = x[1] / 8;
}

internal static class Sixteenths
{
    public static void Run(ArrayView<long> x) => x[0] = x[1] % 16;
}

internal static class DivisorInAVariable
{
    public static void Run(ArrayView<int> x)
    {
        var divisor = 4;
        x[0] = x[2] / divisor;
        x[1] = x[2] / divisor;
    }
}

internal static class DivisorOfAProperty
{
    private static int Divisor => 4;

    public static void Run(ArrayView<int> x) => x[0] = x[1] / Divisor;
}

internal interface IPlantedRule
{
    static abstract ulong Of(ulong x);
}

internal readonly struct PlantedSquare : IPlantedRule
{
    public static ulong Of(ulong x) => x * x;
}

internal static class BehindAnInterface
{
    public static void Run<TRule>(ArrayView<ulong> x)
        where TRule : struct, IPlantedRule => x[0] = TRule.Of(x[1]);
}

/// <summary>Its memory is in a struct.</summary>
internal static class MemoryInAStruct
{
    public static void Run(Memory memory, int length)
    {
        for (var i = 0; i < length; i++) memory.Values[i] += length;
    }

    public readonly record struct Memory(ArrayView<int> Values);
}

/// <summary>The same without a fault: nothing to find.</summary>
internal static class CleanKernel
{
    public static void Run(ArrayView<long> x, ArrayView<ulong> y, int divisor)
    {
        for (var i = 0; i < 9; i = checked(i + 1)) x[i] = checked((x[i] * 3) - -x[i]);
        y[0] = Wrapping.HighProduct(y[0], y[1]);
        y[1] = checked(y[2] + Wrapping.Magnitude(x[0]));
        x[1] = (x[1] >> 3) + 0 == 0 ? x[2] / divisor : x[3] / 10;
    }
}
