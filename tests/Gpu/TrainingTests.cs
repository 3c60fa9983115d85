using Wage.Backends;
using Wage.SelfTest;

namespace Wage.Tests.Gpu;

[Parallelizable]
internal sealed class TrainingTests
{
    private static IEnumerable<ShortRun> Runs => ShortRun.All;

    [TestCaseSource(nameof(Runs))]
    public void EveryDeviceTrainsToTheWeightsOfTheReference(ShortRun run)
    {
        var expected = run.Train(new ReferenceBackend());
        foreach (var backend in (IBackend[])[new HostBackend(2), .. GpuBackends.Open(), GpuBackends.WithHostImages()])
        {
            Assert.That(run.Train(backend), Is.EqualTo(expected), $"{backend.Name}: {backend.Description}");
            backend.Dispose();
        }
    }
}
