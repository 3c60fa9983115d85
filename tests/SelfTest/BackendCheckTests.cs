using Wage.Backends;
using Wage.SelfTest;
using Wage.Tests.Backends;

namespace Wage.Tests.SelfTest;

[Parallelizable]
public sealed class BackendCheckTests
{
    [Test]
    public void ABackendOfOnesOwnThatIsOffByOneIsNamedFromTheFirstCaseOn()
    {
        using var wrong = new OffByOneBackend(new HostBackend(1));
        Assert.That(BackendCheck.Differences(wrong).First(), Does.Contain("the reference gives"));
    }

    [Test]
    public void TheTokenEndsTheComparison()
    {
        using var host = new HostBackend(1);
        var cancelled = new CancellationToken(canceled: true);
        Assert.That(() => BackendCheck.Differences(host, cancelled).ToList(), Throws.InstanceOf<OperationCanceledException>());
    }
}
