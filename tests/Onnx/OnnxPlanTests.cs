using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Tests.Data;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Onnx;

/// <summary>ONNX Runtime gives the scores of an exported model bit for bit, whether it changes the graph first or not.</summary>
[Parallelizable]
public sealed class OnnxPlanTests
{
    private const int Images = 24;

    public static IEnumerable<string> Names => PlannedNetworks.Names.Where(name => name != "own layer");

    [TestCaseSource(nameof(Names))]
    public void ATrainedNetworkHasTheSameScores(string name)
    {
        using var backend = new HostBackend(1);
        using var trainer = PlannedNetworks.Train(name, backend);
        Same(((Network)trainer.Network).ToPlan(), backend, PlannedNetworks.Data(trainer, Images).Pixels);
    }

    [Test]
    public void CodesHaveTheSameScores([Values] MultiplierRounding rounding, [Values("scaled", "raw", "branches")] string kind)
    {
        using var backend = new HostBackend(1);
        var plan = kind == "branches" ? AffineOperationTests.Plan(rounding) : AffinePlanTests.Plan(rounding, kind == "scaled");
        Same(plan, backend, Scratch.Ramp(Images * plan.Image.Length));
    }

    [Test]
    public void ProductsThatLookLikeOthersHaveTheSameScores()
    {
        using var backend = new HostBackend(1);
        ModelPlan[] plans =
            [AwkwardPlans.GroupsOfOnePixel(isPacked: false), AwkwardPlans.GroupsOfOnePixel(isPacked: true), AwkwardPlans.SumsWithACodeAround()];
        foreach (var plan in plans) Same(plan, backend, Scratch.Ramp(Images * plan.Image.Length));
    }

    internal static void Same(ModelPlan plan, IBackend backend, byte[] pixels)
    {
        using var model = new IntegerModel(plan, backend);
        var count = pixels.Length / plan.Image.Length;
        var expected = model.Scores(pixels, count);
        foreach (var (how, scores) in OnnxModelRun.Of(ModelPlanFileTests.Of(plan), pixels, count))
            Assert.That(scores, Is.EqualTo(expected), how);
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(3));
    }
}
