using Wage.Backends;
using Wage.Layers;
using Wage.Losses;
using Wage.Schemes;
using Wage.Tensors;
using Wage.Training;

namespace Wage.Tests.Layers;

/// <summary>Layers write in place only where nobody else reads, and sums that overlap saturate.</summary>
[Parallelizable]
public sealed class SharingTests
{
    private static readonly ReferenceBackend Backend = new();

    [Test]
    public void ReluNeverChangesTheImagesOrASharedInput()
    {
        var network = new Network(
            [new Relu(), new Residual([new Relu(), new Conv2d(2, 1)], [new Relu(), new Conv2d(2, 1)]), new Relu(), new Quantize(), new Dense(2)],
            new WageOptions().ToScheme(), new SquaredError(), new Shape(1, 2, 2, 2), Backend);
        network.Initialize(3);
        long[] images = [-5, 4, -3, 2, 100, -100, 7, -1];
        Values.Fill(network.Images, images);
        network.QuantizeWeights();
        network.Forward();
        network.Backward(network.Error());
        Assert.That(Values.Of(network.Images), Is.EqualTo(images));
    }

    [Test]
    public void ASharedErrorIsNotMaskedForTheOtherBranch()
    {
        var context = new BuildContext(Backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        var relu = new Relu();
        relu.Build(context, new SignalSpec(new Shape(1, 3), ElementType.Int32, 0, 100, Shared: true));
        relu.BuildBackward(context, new SignalSpec(new Shape(1, 3), ElementType.Int8, 0, 127, Shared: true), needsError: true);
        var x = Values.Tensor(ElementType.Int32, new Shape(1, 3), -1, 0, 5);
        var e = Values.Tensor(ElementType.Int8, new Shape(1, 3), 7, 8, 9);
        Assert.That(Values.Of(relu.Forward(new Signal(x, 0)).Values), Is.EqualTo(new[] { 0, 0, 5 }));
        Assert.That(Values.Of(relu.Backward(new Signal(e, 0)).Values), Is.EqualTo(new[] { 0, 0, 9 }));
        Assert.That((Values.Of(x), Values.Of(e)), Is.EqualTo((new long[] { -1, 0, 5 }, new long[] { 7, 8, 9 })));
    }

    [Test]
    public void QuantizeMasksACopyOfASharedError()
    {
        var context = new BuildContext(Backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        var quantize = new Quantize();
        quantize.Build(context, new SignalSpec(new Shape(1, 2), ElementType.Int32, 8, 1000, Shared: true));
        quantize.BuildBackward(context, new SignalSpec(new Shape(1, 2), ElementType.Int8, 0, 127, Shared: true), needsError: true);
        var e = Values.Tensor(ElementType.Int8, new Shape(1, 2), 64, 64);
        quantize.Forward(new Signal(Values.Tensor(ElementType.Int32, new Shape(1, 2), 255, 10), 8));
        Assert.That(
            Values.Of(quantize.Backward(new Signal(e, 0)).Values), Is.EqualTo(new[] { 0, 127 }),
            "beyond the clip nothing passes; the maximum fills the bits");
        Assert.That(Values.Of(e), Is.EqualTo(new[] { 64, 64 }));
    }

    [Test]
    public void ErrorsThatMeetInOverlappingWindowsSaturate([Values] bool average)
    {
        var context = new BuildContext(Backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        Layer pool = average ? new AveragePool2d(2, 1) : new MaxPool2d(2, 1);
        pool.Build(context, new SignalSpec(new Shape(1, 3, 3, 1), ElementType.Int8, 7, 127));
        pool.BuildBackward(context, new SignalSpec(new Shape(1, 2, 2, 1), ElementType.Int8, 0, 127), needsError: true);
        pool.Forward(new Signal(Values.Tensor(ElementType.Int8, new Shape(1, 3, 3, 1), 0, 0, 0, 0, 9, 0, 0, 0, 0), 7));
        var sums = Values.Of(pool.Backward(new Signal(Values.Tensor(ElementType.Int8, new Shape(1, 2, 2, 1), 100, 100, 100, -1), 0)).Values);
        Assert.That(sums, Is.EqualTo(average ? [100, 127, 100, 127, 127, 99, 100, 99, -1] : new long[] { 0, 0, 0, 0, 127, 0, 0, 0, 0 }));
    }

    [Test]
    public void ErrorsOfAChainShareTheMemoryOfTheLongestAndThoseOfABranchDoNot()
    {
        var context = new BuildContext(Backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto, false) { SharesErrors = true };
        Tensor? first = null, longest = null, wide = null, branch = null;
        context.AllocateError(ElementType.Int32, new Shape(2), tensor => first = tensor);
        context.AllocateError(ElementType.Int32, new Shape(3), tensor => longest = tensor);
        context.AllocateError(ElementType.Int64, new Shape(3), tensor => wide = tensor);
        using (context.Branch()) context.AllocateError(ElementType.Int32, new Shape(2), tensor => branch = tensor);
        context.ShareErrors();
        Backend.Upload<int>([7, 8, 9], longest!);
        Assert.That((Values.Of(first!), Values.Of(wide!), Values.Of(branch!)), Is.EqualTo((new long[] { 7, 8 }, new long[3], new long[2])));
    }

    [Test]
    public void OfEqualMaximaTheFirstReceivesTheError()
    {
        var context = new BuildContext(Backend, new WageOptions().ToScheme(), AccumulatorWidth.Auto);
        var pool = new MaxPool2d(2);
        pool.Build(context, new SignalSpec(new Shape(1, 2, 2, 1), ElementType.Int32, 7, 127));
        pool.BuildBackward(context, new SignalSpec(new Shape(1, 1, 1, 1), ElementType.Int8, 0, 127), needsError: true);
        pool.Forward(new Signal(Values.Tensor(ElementType.Int32, new Shape(1, 2, 2, 1), -4, 3, 3, 3), 7));
        var e = Values.Tensor(ElementType.Int8, new Shape(1, 1, 1, 1), 5);
        Assert.That(Values.Of(pool.Backward(new Signal(e, 0)).Values), Is.EqualTo(new[] { 0, 5, 0, 0 }));
    }
}
