using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Wage.Backends;
using Wage.Gpu.Simulation;

namespace Wage.Tests.Gpu.Simulation;

/// <summary>The float32 kernels of every device that answers here: no tolerance, the bits of the definition.</summary>
[Parallelizable]
public sealed class FloatKernelTests
{
    [Test]
    public void EveryDeviceGivesTheBitsOfTheDefinition()
    {
        using var cases = new FloatCases();
        var reference = new ReferenceBackend();
        foreach (var backend in GpuBackends.Open())
        {
            foreach (var one in cases.All()) Assert.That(one.Difference(reference, backend), Is.Null, one.ToString());
            (backend as IDisposable)?.Dispose();
        }
    }

    [Test]
    public void TheProcessorGivesTheBitsOfTheDefinition()
    {
        using var cases = new FloatCases();
        using var host = new HostBackend(2);
        foreach (var one in cases.All()) Assert.That(one.Difference(new ReferenceBackend(), host), Is.Null, one.ToString());
    }

    /// <summary>A product and a sum that were rounded apart, or joined by a compiler, would be seen here without a card.</summary>
    [Test]
    public void ACardMultipliesAndAddsByOneInstructionThatKeepsSubnormalNumbers()
    {
        using var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O1).EnableAlgorithms().FloatInstructions());
        using var backend = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        foreach (var kernel in new[] { nameof(FloatKernels.Forward), nameof(FloatKernels.Error), nameof(FloatKernels.Gradient) })
        {
            var entry = EntryPointDescription.FromExplicitlyGroupedKernel(typeof(FloatKernels).GetMethod(kernel)!);
            var ptx = ((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly;
            Assert.That(ptx, Does.Contain("fma.rn.f32"), kernel);
            Assert.That(ptx, Does.Not.Contain("mul.f32").And.Not.Contain("add.f32").And.Not.Contain(".ftz").And.Not.Contain(".f64"), kernel);
        }
    }
}
