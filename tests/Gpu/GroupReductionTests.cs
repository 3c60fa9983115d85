using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Wage.Gpu;
using Wage.Gpu.Kernels;
using Wage.Quantization;

namespace Wage.Tests.Gpu;

/// <summary>A group reduces its values by shuffles, and one thread of it takes the result to device memory.</summary>
[Parallelizable]
public sealed class GroupReductionTests
{
    /// <summary>The widest warps (AMD) have 64 threads. A reduction over a part of a warp gives a wrong result.</summary>
    [Test]
    public void GroupsOfACardAreWholeWarps() => Assert.That(LaunchShape.Card(1).GroupSize % 64, Is.Zero);

    [TestCase(nameof(Counting.Reduce), 1, typeof(MaxAbs))]
    [TestCase(nameof(Counting.Reduce), 2, typeof(MinMax))]
    [TestCase(nameof(Counting.Reduce), 2, typeof(ChangeCounts))]
    [TestCase(nameof(Counting.Histogram), 4)]
    public void EveryGroupReducesByShufflesAndMeetsTheOthersOncePerResult(string name, int atomics, params Type[] statistic)
    {
        using var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O1).EnableAlgorithms());
        using var backend = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        var kernel = typeof(Counting).GetMethod(name, BindingFlags.Public | BindingFlags.Static)!
            .MakeGenericMethod([typeof(Int32Element), .. statistic]);
        var lines = ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default)).PTXAssembly.Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines, Has.Some.Contain("shfl.sync"));
            Assert.That(lines, Has.None.Contain(".local"));
            Assert.That(lines.Count(IsAtomicOfDeviceMemory), Is.EqualTo(atomics));
        });
    }

    private static bool IsAtomicOfDeviceMemory(string line) =>
        (line.Contains("atom.", StringComparison.Ordinal) || line.Contains("red.", StringComparison.Ordinal))
        && !line.Contains(".shared", StringComparison.Ordinal);
}
