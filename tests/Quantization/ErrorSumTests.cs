using Wage.Backends;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;

namespace Wage.Tests.Quantization;

[Parallelizable]
public sealed class ErrorSumTests
{
    private static readonly ReferenceBackend Backend = new();

    [Test]
    public void TheSumInOnePassIsThatOfAddErrors([Values(-62, -25, -9, 0, 1, 23, 24, 40)] int apart)
    {
        var draw = new Draw((ulong)(apart + 99));
        var (x, y) = (Backend.With(ElementType.Int32, draw.Ties(300, 2, 1 << 24)), Backend.With(ElementType.Int8, draw.Many(300, -128, 127)));
        var (ex, ey) = (Backend.With(ElementType.Int64, -31), Backend.With(ElementType.Int64, apart - 31));
        var (added, sum) = (Backend.Allocate(ElementType.Int64, x.Shape), Backend.Allocate(ElementType.Int64, x.Shape));
        var (unit, exponent) = (Backend.Allocate(ElementType.Int64, new Shape(1)), Backend.Allocate(ElementType.Int64, new Shape(1)));
        var constants = Backend.Allocate(ElementType.Int32, new Shape(ErrorSum.Constants, 1));
        Backend.AddErrors(x, ex, 0, y, ey, 0, 23, added, unit);
        Backend.EachColumn([ex, ey], new ErrorShifts(23), 1, constants, exponent);
        Backend.MapColumns(x, y, constants, 1, new ErrorSum(25, 7), default(RawStage), new StageTensors(sum));
        Assert.That(Backend.Values(sum), Is.EqualTo(Backend.Values(added)));
        Assert.That(Backend.Values(exponent), Is.EqualTo(Backend.Values(unit)));
    }

    [TestCase(0, 23, 0, 0, true)]
    [TestCase(0, 0, 30, 0, true)]
    [TestCase(0, 7, 0, 0, true)]
    [TestCase(0, 0, 31, 0, false)]
    [TestCase(0, 0, 0, 7, false)]
    [TestCase(31, 0, 0, 0, false)]
    [TestCase(0, 24, 0, 0, false)]
    public void LanesOf32BitsAreTakenWhereBothErrorsFitThem(int rightY, int leftY, int rightX, int leftX, bool fits) =>
        Assert.That(new ErrorSum(24, 7).FitsInt32By([rightX, leftX, rightY, leftY]), Is.EqualTo(fits));
}
