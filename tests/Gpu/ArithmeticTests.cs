using Wage.Backends;
using Wage.Gpu.SelfTest;

namespace Wage.Tests.Gpu;

/// <summary>The kernels' arithmetic at every edge, compiled for every device that answers.</summary>
[Parallelizable]
public sealed class ArithmeticTests
{
    [Test]
    public void EveryDeviceCalculatesAtTheEdgesAsTheHost()
    {
        Assert.That(ArithmeticCases.All(), Has.Exactly(21).Items);
        foreach (var device in GpuBackends.Open())
        {
            using (device)
                Assert.Multiple(() =>
                {
                    foreach (var one in ArithmeticCases.All()) Assert.That(one.Difference(new ReferenceBackend(), device), Is.Null, one.ToString());
                });
        }
    }

    [Test]
    public void TheSelfTestOfADeviceThatCompilesKernelsBeginsWithTheirArithmetic()
    {
        using var device = Wage.Gpu.GpuDevices.Open("ilgpu-cpu");
        Assert.That(ArithmeticCases.AndTable(device).Take(21).Select(one => one.Operation), Is.All.EqualTo("arithmetic"));
        Assert.That(ArithmeticCases.AndTable(new ReferenceBackend()).Select(one => one.Operation), Has.None.EqualTo("arithmetic"));
    }
}
