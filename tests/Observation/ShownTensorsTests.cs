using Wage.Backends;
using Wage.Observation;
using Wage.Tensors;

namespace Wage.Tests.Observation;

/// <summary>What changes the hash of the shown tensors, and what does not.</summary>
[Parallelizable]
public sealed class ShownTensorsTests
{
    private static readonly StepTensor First = new("conv1", Quantity.Errors, Values.Tensor(ElementType.Int8, 1, -2, 3), 7);

    private static readonly StepTensor Second = new("conv2", Quantity.Errors, Values.Tensor(ElementType.Int8, 1, -2, 3), 7);

    private static IEnumerable<StepTensor> Others =>
    [
        First with { Layer = "conv3" },
        First with { Quantity = Quantity.ProductErrors },
        First with { Values = Values.Tensor(ElementType.Int8, 1, -2, 4) },
        First with { Values = Values.Tensor(ElementType.Int16, 1, -2, 3) },
        First with { Values = Values.Tensor(ElementType.Int8, new Shape(1, 3), 1, -2, 3) },
        First with { FractionBits = 6 },
        First with { Exponent = Values.Tensor(ElementType.Int64, 1) },
    ];

    [Test]
    public void TheOrderWithinAStepDoesNotCount() => Assert.That(Hash([First, Second]), Is.EqualTo(Hash([Second, First])));

    [Test]
    public void AMissingOrDoubledTensorAndAnotherStepCount() => Assert.That(
        new[] { Hash([First, Second]), Hash([First]), Hash([First, First, Second]), Hash([First], [Second]), Hash([Second], [First]) }, Is.Unique);

    [Test]
    public void EveryPartOfATensorCounts() => Assert.That(Others.Append(First).Select(tensor => Hash([tensor, Second])), Is.Unique);

    private static string Hash(params StepTensor[][] steps)
    {
        var shown = new ShownTensors(new ReferenceBackend());
        foreach (var step in steps)
        {
            foreach (var tensor in step) shown.See(tensor);
            shown.EndStep();
        }

        return shown.Sha256();
    }
}
