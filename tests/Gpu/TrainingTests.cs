using Wage.Backends;
using Wage.SelfTest;

namespace Wage.Tests.Gpu;

[Parallelizable]
internal sealed class TrainingTests
{
    private readonly List<IBackend> backends = [];

    private static IEnumerable<ShortRun> Runs => ShortRun.All;

    [OneTimeSetUp]
    public void Start() => backends.AddRange([new HostBackend(2), .. Lent.All(), GpuBackends.WithHostImages()]);

    [OneTimeTearDown]
    public void Stop()
    {
        backends[^1].Dispose();
        backends.SkipLast(1).ToList().ForEach(Lent.Return);
    }

    [TestCaseSource(nameof(Runs))]
    public void EveryDeviceTrainsToTheWeightsOfTheReference(ShortRun run)
    {
        var expected = run.Train(new ReferenceBackend());
        foreach (var backend in backends) Assert.That(run.Train(backend), Is.EqualTo(expected), $"{backend.Name}: {backend.Description}");
    }
}
