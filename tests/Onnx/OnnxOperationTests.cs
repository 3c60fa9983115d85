using System.Globalization;
using Wage.Backends;
using Wage.SelfTest;
using Wage.Tests.Export;
using Wage.Tests.Models;

namespace Wage.Tests.Onnx;

/// <summary>
/// Every operation and stage, with every rounding, at the ends of its numbers: ONNX Runtime gives what the reference gives.
/// `WAGE_EXPORT_PLANS=1000` takes so many plans of each kind instead of a few.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class OnnxOperationTests
{
    private const int Images = 6;
    private static readonly int Plans = int.Parse(Environment.GetEnvironmentVariable("WAGE_EXPORT_PLANS") ?? "8", CultureInfo.InvariantCulture);

    [TestCaseSource(typeof(RandomPlans), nameof(RandomPlans.Kinds))]
    public void EveryPlanHasTheSameScores(string kind)
    {
        var different = 0;
        for (var seed = 0; seed < Plans; seed++)
        {
            var (plan, parts) = RandomPlans.Of(kind, (ulong)seed);
            var pixels = Array.ConvertAll(new Draw((ulong)seed + 77).Many(Images * plan.Image.Length, 0, 255), p => (byte)p);
            using var model = new Wage.Models.IntegerModel(plan, new ReferenceBackend());
            var expected = model.Scores(pixels, Images);
            if (expected.Distinct().Count() > 1) different++;
            foreach (var (how, scores) in OnnxModelRun.Of(ModelPlanFileTests.Of(plan), pixels, Images))
            {
                var at = scores.Index().FirstOrDefault(score => score.Item != expected[score.Index], (-1, 0)).Item1;
                if (at >= 0) Assert.Fail($"plan {seed}, {how}: score {at} is {scores[at]}, not {expected[at]}: {parts}");
            }
        }

        Assert.That(different, Is.GreaterThan(Plans / 5), "plans of one score for all show nothing");
    }
}
