using Wage.Backends;

namespace Wage.Tests.Backends;

[Parallelizable]
internal sealed class ConvGeometryTests
{
    /// <summary>Where there is no border nothing is read there: a converted dense layer has the zero point of its input in it.</summary>
    [Test]
    public void ADenseLayerIsAMatrixProductWhateverStandsAroundImages()
    {
        var dense = ConvGeometry.Dense(2, 30, 10);
        Assert.That(dense.IsDense);
        Assert.That((dense with { Padding = new Padding(0, 0, 0, 0) { Value = -128 } }).IsDense);
        Assert.That((dense with { Padding = new Padding(1, 0, 0, 0) }).IsDense, Is.False);
    }
}
