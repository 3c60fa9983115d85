using System.Runtime.Intrinsics;
using FsCheck.Fluent;
using Wage.Backends.Host;

namespace Wage.Tests.Backends;

/// <summary>Pairs of int16 by pairs of int16: the machine's instruction and the portable code.</summary>
[Parallelizable]
public sealed class DepthwiseLanesTests
{
    [Test]
    public void ThePortableProductsAreThoseOfTheInstructionAndOfTheDefinition() => Laws.Hold(
        Gen.Four(Gen.OneOf(Gen.Elements((int)short.MinValue, short.MaxValue, 0, -1, 1), Gen.Choose(short.MinValue, short.MaxValue))), v =>
    {
        var (a0, a1, b0, b1) = (v.Item1, v.Item2, v.Item3 >> 8, v.Item4 >> 8);
        var (a, b) = (Vector256.Create(DepthwiseLanes.Pair(a0, a1)), Vector256.Create(DepthwiseLanes.Pair(b0, b1)));
        var expected = Vector256.Create((a0 * b0) + (a1 * b1));
        Assert.That((DepthwiseLanes256.Products(a, b), DepthwiseLanes256.PortableProducts(a, b)), Is.EqualTo((expected, expected)));
    });
}
