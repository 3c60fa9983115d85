using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Wage.Gpu;
using Wage.Gpu.Kernels;

namespace Wage.Tests.Gpu;

/// <summary>A group reduces its values by shuffles, and one thread of it takes the result to device memory.</summary>
public sealed class GroupReductionTests
{
    /// <summary>The widest warps (AMD) have 64 threads. A reduction over a part of a warp gives a wrong result.</summary>
    [Test]
    public void GroupsOfACardAreWholeWarps() => Assert.That(LaunchShape.Card(1).GroupSize % 64, Is.Zero);

    [TestCase(typeof(Maxima), nameof(Maxima.MaxAbs), 1)]
    [TestCase(typeof(Maxima), nameof(Maxima.GatedMaxAbs), 1)]
    [TestCase(typeof(Counting), nameof(Counting.CountChanges), 2)]
    [TestCase(typeof(Counting), nameof(Counting.Histogram), 4)]
    public void EveryGroupReducesByShufflesAndMeetsTheOthersOncePerResult(Type holder, string name, int atomics)
    {
        using var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O1).EnableAlgorithms());
        using var backend = new PTXBackend(context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        var kernel = holder.GetMethod(name, BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(typeof(Int32Element));
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
