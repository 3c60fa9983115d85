using ILGPU.Runtime;
using Wage.Gpu;
using Wage.Gpu.Kernels;
using Wage.Tensors;
using Wage.Tests.Training;

namespace Wage.Tests.Gpu;

/// <summary>What a user reads when a device fails.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FailureTests
{
    private readonly Accelerator accelerator = new();

    [Test]
    public void NoMemoryLeftIsOneLineWithTheSizesAndTheWayOut()
    {
        accelerator.Faults.Memory = 1000;
        using var backend = GpuBackends.Standin(LaunchShape.Processor(1), accelerator);
        Fails(
            () => backend.Allocate(ElementType.Int32, new Shape(300)),
            "device standin: has no 1,200 bytes left after 16", "CUDA_ERROR_OUT_OF_MEMORY", "take a smaller training.batch");
    }

    [Test]
    public void AKernelThatDoesNotCompileIsNamed()
    {
        accelerator.Faults.Uncompilable = nameof(Elementwise.Relu);
        using var backend = GpuBackends.Standin(LaunchShape.Processor(1), accelerator);
        var x = backend.Allocate(ElementType.Int8, new Shape(3));
        Fails(() => backend.Relu(x, x), "the kernel Relu does not compile", "unsupported instruction");
    }

    [Test]
    public void AfterALostDeviceTheLastCheckpointGoesOnElsewhereToTheSameWeights()
    {
        using var backend = GpuBackends.Standin(LaunchShape.Processor(1), accelerator);
        var trainer = TinyRun.Start(backend: backend);
        TinyRun.Steps(trainer, 3);
        var checkpoint = trainer.Save("config");
        accelerator.Faults.LostAfter = 0;
        Fails(trainer.Step, "device standin: stopped working in ", "CUDA_ERROR_DEVICE_UNAVAILABLE", "the run's last checkpoint stands");
        Fails(() => trainer.TrainScore(), "device standin: stopped working in a copy from the device");

        var (whole, resumed) = (TinyRun.Start(), TinyRun.Start());
        TinyRun.Steps(whole, 6);
        resumed.Load(checkpoint);
        TinyRun.Steps(resumed, 3);
        Assert.That(resumed.Network.WeightsSha256(), Is.EqualTo(whole.Network.WeightsSha256()));
    }

    [Test]
    public void ATensorOfAnotherBackendIsRefused()
    {
        using var one = GpuBackends.Standin(LaunchShape.Processor(1));
        using var other = GpuBackends.Standin(LaunchShape.Processor(1));
        var (x, y) = (one.Allocate(ElementType.Int8, new Shape(3)), other.Allocate(ElementType.Int8, new Shape(3)));
        Assert.That(() => one.Relu(x, y), Throws.ArgumentException.With.Message.Contain("belongs to another backend"));
        var longer = one.Allocate(ElementType.Int8, new Shape(4));
        Assert.That(() => one.Relu(x, longer), Throws.ArgumentException.With.Message.Contain("the operation needs 3"));
    }

    private static void Fails(Action action, params ReadOnlySpan<string> parts)
    {
        var message = Assert.Throws<WageException>(() => action())!.Message;
        foreach (var part in (string[])["HINT: ", .. parts]) Assert.That(message, Does.Contain(part).And.Not.Contain("\n"));
    }
}
