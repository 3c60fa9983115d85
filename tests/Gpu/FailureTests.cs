using Wage.Gpu;
using Wage.Gpu.Kernels;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Training;

namespace Wage.Tests.Gpu;

/// <summary>What a user reads when a device fails.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable]
public sealed class FailureTests : IDisposable
{
    private readonly Faults faults = new();
    private readonly IlgpuBackend backend;

    public FailureTests() => backend = DeviceSource.OnProcessor(faults: faults);

    public void Dispose() => backend.Dispose();

    [Test]
    public void NoMemoryLeftIsOneLineWithTheSizesAndTheWayOut()
    {
        faults.Memory = 1000;
        Fails(
            () => backend.Allocate(ElementType.Int32, new Shape(300)),
            "device ilgpu-cpu: has no 1,200 bytes left after 16", "take a smaller batch or model, or another device.");
    }

    [Test]
    public void AKernelThatDoesNotCompileIsNamed()
    {
        faults.Uncompilable = nameof(Stages.Map);
        var x = backend.Allocate(ElementType.Int8, new Shape(3));
        Fails(() => backend.Relu(x, x), "the kernel Map does not compile", "unsupported instruction");
    }

    [Test]
    public void AfterALostDeviceTheLastCheckpointGoesOnElsewhereToTheSameWeights()
    {
        var trainer = TinyRun.Start(backend: backend);
        TinyRun.Steps(trainer, 3);
        var checkpoint = trainer.Save("config");
        faults.Lost = true;
        Fails(trainer.Step, "device ilgpu-cpu: stopped working in ", "the run's last checkpoint stands");
        Fails(() => trainer.TrainScore(), "device ilgpu-cpu: stopped working in a copy from the device");

        var (whole, resumed) = (TinyRun.Start(), TinyRun.Start());
        TinyRun.Steps(whole, 6);
        resumed.Load(checkpoint);
        TinyRun.Steps(resumed, 3);
        Assert.That(resumed.Network.WeightsSha256(), Is.EqualTo(whole.Network.WeightsSha256()));
    }

    [Test]
    public void ATensorOfAnotherBackendIsRefused()
    {
        using var other = DeviceSource.OnProcessor();
        var (x, y) = (backend.Allocate(ElementType.Int8, new Shape(3)), other.Allocate(ElementType.Int8, new Shape(3)));
        Assert.That(() => backend.Relu(x, y), Throws.ArgumentException.With.Message.Contain("belongs to another backend"));
        var longer = backend.Allocate(ElementType.Int8, new Shape(4));
        Assert.That(() => backend.Relu(x, longer), Throws.ArgumentException.With.Message.Contain("the operation needs 3"));
    }

    private static void Fails(Action action, params ReadOnlySpan<string> parts)
    {
        var message = Assert.Throws<WageException>(() => action())!.Message;
        foreach (var part in (string[])["HINT: ", .. parts]) Assert.That(message, Does.Contain(part).And.Not.Contain("\n"));
    }
}
