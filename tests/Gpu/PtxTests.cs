using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Wage.Gpu;
using Wage.Gpu.SelfTest;
using Wage.Tests.Architecture;

namespace Wage.Tests.Gpu;

/// <summary>The PTX that ILGPU makes of the portable kernels, without a card.</summary>
[Parallelizable]
public sealed class PtxTests
{
    [Test]
    public void EveryPortableKernelBecomesPtxForEveryTypeThatTheCasesMeet()
    {
        using var device = GpuDevices.Open("ilgpu-cpu");
        var cases = ArithmeticCases.AndTable(device).GroupBy(one => one.Operation);
        foreach (var one in cases.SelectMany(cases => cases.Where((_, i) => i % 5 == 0))) one.Run(device);
        var scanned = KernelScan.Kernels(typeof(IlgpuBackend).Assembly).Select(kernel => (kernel.Module, kernel.MetadataToken)).ToHashSet();
        Assert.That(device.LoadedKernels, Has.Count.GreaterThan(60));
        using var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O1).EnableAlgorithms());
        using var backend = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        Assert.Multiple(() =>
        {
            foreach (var kernel in device.LoadedKernels)
            {
                Assert.That(scanned, Does.Contain((kernel.Module, kernel.MetadataToken)), $"the arithmetic of {Name(kernel)} is not scanned");
                var ptx = ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default)).PTXAssembly;
                Assert.That(ptx, Does.Contain(".entry").And.Not.Contain(".f32").And.Not.Contain(".f64"), Name(kernel));
            }
        });
    }

    private static string Name(MethodInfo kernel) => $"{kernel.Name}<{string.Join(", ", kernel.GetGenericArguments().Select(type => type.Name))}>";
}
