using Wage.Files;
using Wage.Tests.Experiments;

namespace Wage.Tests.Files;

[Parallelizable]
public sealed class HexFileTests
{
    [Test]
    public void EveryElementHasTheDigitsOfItsTypeInTwosComplement()
    {
        using var scratch = new ScratchFolder();
        Assert.That(Of<sbyte>([1, -1, -128, 127], 2, 2), Is.EqualTo("// |i1 [2,2]\n01\nff\n80\n7f\n"));
        Assert.That(Of<byte>([0, 255], 2), Is.EqualTo("// |u1 [2]\n00\nff\n"));
        Assert.That(Of<short>([-2], 1), Is.EqualTo("// <i2 [1]\nfffe\n"));
        Assert.That(Of<int>([0x01020304, int.MinValue], 1, 2), Is.EqualTo("// <i4 [1,2]\n01020304\n80000000\n"));
        Assert.That(Of<long>([-3], 1), Is.EqualTo("// <i8 [1]\nfffffffffffffffd\n"));

        string Of<T>(T[] values, params int[] shape)
            where T : unmanaged, System.Numerics.IBinaryInteger<T>
        {
            HexFile.Write<T>(scratch.In("a.hex"), values, shape);
            return File.ReadAllText(scratch.In("a.hex"));
        }
    }
}
