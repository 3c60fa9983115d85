using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Wage.Gpu.Kernels;
using Wage.Quantization;

namespace Wage.Tests.Gpu;

/// <summary>The kernels of columns as PTX: what a formula reads of its column and makes of it stays in registers.</summary>
[Parallelizable]
public sealed class ColumnKernelTests
{
    [TestCase(nameof(ColumnKernels.Reduce), typeof(Int16Element), typeof(NoElement), typeof(BatchNormSums))]
    [TestCase(nameof(ColumnKernels.Reduce), typeof(Int8Element), typeof(Int16Element), typeof(BatchNormErrorSums))]
    [TestCase(nameof(ColumnKernels.Map), typeof(Int16Element), typeof(Int8Element), typeof(Int8Element), typeof(BatchNormForward), typeof(CodeStage))]
    [TestCase(
        nameof(ColumnKernels.Map), typeof(Int8Element), typeof(Int16Element), typeof(Int8Element), typeof(BatchNormBackward), typeof(UnitStage))]
    [TestCase(nameof(ColumnKernels.Each), typeof(BatchNormConstants))]
    [TestCase(nameof(ColumnKernels.Each), typeof(BatchNormErrorConstants))]
    [TestCase(nameof(ColumnKernels.Each), typeof(KnownConstants))]
    [TestCase(nameof(ColumnKernels.Each), typeof(RunMoments))]
    [TestCase(nameof(ColumnKernels.Each), typeof(RunningStatistics))]
    public void NoKernelOfColumnsKeepsAnythingInLocalMemory(string name, params Type[] types)
    {
        using var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O1).EnableAlgorithms());
        using var backend = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        var kernel = typeof(ColumnKernels).GetMethod(name, BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(types);
        var ptx = ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default)).PTXAssembly;
        Assert.That(ptx, Does.Contain(".entry").And.Not.Contain(".local").And.Not.Contain("call"));
    }
}
