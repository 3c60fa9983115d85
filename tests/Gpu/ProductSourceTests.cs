using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Wage.Backends;
using Wage.Gpu;
using Wage.Gpu.Kernels;
using Wage.Gpu.Runs;
using Wage.Quantization;
using Wage.SelfTest;

namespace Wage.Tests.Gpu;

/// <summary>What compilers get of the portable products: sums that stay in registers, in PTX and in OpenCL C.</summary>
[Parallelizable]
public sealed partial class ProductSourceTests
{
    private static readonly Context Context = Context.Create(builder => builder.Optimize(OptimizationLevel.O1).EnableAlgorithms());
    private readonly Dictionary<MethodInfo, string> compiled = [];

    private static IEnumerable<MethodInfo> Kernels()
    {
        foreach (var (sum, integer) in new[] { (typeof(Sum32), typeof(Int32Element)), (typeof(Sum64), typeof(Int64Element)) })
        {
            Type[] endings =
            [
                typeof(Store<>).MakeGenericType(integer), typeof(Continue<>).MakeGenericType(integer),
                sum == typeof(Sum32) ? typeof(Add32) : typeof(Add64), typeof(End<ActivationStage>), typeof(PoolAndEnd<ActivationStage>),
                typeof(EndWhole<Int8Element, ErrorStage>),
            ];
            foreach (var ending in endings)
                foreach (var element in new[] { typeof(Int8Element), typeof(Int16Element) })
                    yield return Method(typeof(RunProduct), nameof(RunProduct.Multiply), element, sum, ending, Stage(ending));
            foreach (var operands in new[] { typeof(ForwardOperands), typeof(ErrorOperands), typeof(GradientOperands) })
            {
                foreach (var holder in new[] { typeof(Products), typeof(GroupedProducts) })
                {
                    foreach (var ending in new[] { endings[0], endings[^1] })
                    {
                        Type[] types = [operands, typeof(Int16Element), typeof(Int8Element), sum, ending, Stage(ending)];
                        yield return Method(holder, nameof(Products.Multiply), types);
                    }
                }
            }
        }
    }

    private static Type Stage(Type ending) => ending.GetInterfaces().Single().GetGenericArguments()[0];

    [OneTimeTearDown]
    public void Stop() => Context.Dispose();

    [Test]
    public void NoProductKeepsSumsInLocalMemoryOfACard()
    {
        using var backend = new PTXBackend(Context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        Assert.Multiple(() =>
        {
            foreach (var kernel in Kernels()) Assert.That(Ptx(backend, kernel), Does.Contain(".entry").And.Not.Contain(".local"), kernel.ToString());
            Assert.That(Ptx(backend, Method(typeof(ProductSourceTests), nameof(Planted))), Does.Contain(".local"), "a planted array");
        });
    }

    [Test]
    public void NoProductSpillsRegisters()
    {
        using var backend = new PTXBackend(Context, CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        // Where there is no ptxas this skips, which Assert.Multiple does not allow within it.
        var planted = Ptxas.Report(Ptx(backend, Method(typeof(ProductSourceTests), nameof(Planted))), CudaArchitecture.SM_90);
        Assert.That(planted, Does.Not.Contain(Ptxas.NoSpills), "a planted array");
        Assert.Multiple(() =>
        {
            foreach (var kernel in Kernels())
                Assert.That(Ptxas.Report(Ptx(backend, kernel), CudaArchitecture.SM_90), Does.Contain(Ptxas.NoSpills), kernel.ToString());
        });
    }

    [Test]
    public void NoProductKeepsSumsInPrivateArraysOfOpenCl()
    {
        using var backend = new CLBackend(
            Context, new CLCapabilityContext(false, false, true, true, true), CLDeviceVendor.Other, new CLCVersion(3, 0));
        Assert.Multiple(() =>
        {
            foreach (var kernel in Kernels()) Assert.That(PrivateArrays(backend, kernel), Is.Empty, kernel.ToString());
            Assert.That(PrivateArrays(backend, Method(typeof(ProductSourceTests), nameof(Planted))), Has.Length.EqualTo(1), "a planted array");
        });
    }

    [Test]
    public void AProcessorMultipliesByRunsAndGroupsOfThreadsByTiles()
    {
        using var processor = DeviceSource.OnProcessor();
        using var groups = GpuBackends.Grouped();
        var products = CaseTable.All.Where(one => one.Operation.StartsWith("Convolve", StringComparison.Ordinal));
        var padded = StageName<AffineStage>.Convolve;                       // a value around the image is the portable kernel's alone
        foreach (var one in products.Where(one => one.Operation != padded).DistinctBy(one => one.Operation))
        {
            one.Run(processor);
            one.Run(groups);
        }

        Assert.Multiple(() =>
        {
            Assert.That(Multiplying(processor), Is.EqualTo(new[] { typeof(RunProduct) }));
            Assert.That(Multiplying(groups), Is.EqualTo(new[] { typeof(Products) }));
        });

        static IEnumerable<Type> Multiplying(IlgpuBackend device) =>
            device.LoadedKernels.Where(kernel => kernel.Name == "Multiply").Select(kernel => kernel.DeclaringType!).Distinct();
    }

    /// <summary>A kernel with what the tests look for.</summary>
    public static void Planted(ArrayView<int> values, int length)
    {
        var sums = LocalMemory.Allocate1D<int>(4);
        for (var i = 0; i < length; i++) sums[values[i] & 3] += i;
        for (var i = 0; i < 4; i++) values[i] = sums[i];
    }

    /// <summary>One test after the other reads it, compiled once.</summary>
    private string Ptx(PTXBackend backend, MethodInfo kernel)
    {
        if (compiled.TryGetValue(kernel, out var ptx)) return ptx;
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
        return compiled[kernel] = ((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly;
    }

    private static string[] PrivateArrays(CLBackend backend, MethodInfo kernel)
    {
        var source = ((CLCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default)).Source;
        return [.. PrivateArray().Matches(source).Select(match => match.Value).Where(line => !line.Contains("local "))];
    }

    private static MethodInfo Method(Type holder, string name, params Type[] types)
    {
        var method = holder.GetMethod(name, BindingFlags.Public | BindingFlags.Static)!;
        return types.Length == 0 ? method : method.MakeGenericMethod(types);
    }

    [GeneratedRegex(@"^\s*[\w ]+ \w+\[\d+\];", RegexOptions.Multiline)]
    private static partial Regex PrivateArray();
}
