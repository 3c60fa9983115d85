using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Wage.Gpu.Cuda;
using Wage.Gpu.TensorCores;
using Wage.Quantization;
using Group = ILGPU.Group;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>
/// The PTX that ILGPU makes of the kernels for tensor cores, read without a card. Planted kernels show that a violation would be found.
/// </summary>
[Parallelizable]
public sealed partial class TensorCorePtxTests
{
    private const string Barrier = "bar.sync";
    private const int MostRegisters = 255;

    private static readonly CudaArchitecture Oldest = CudaArchitecture.SM_80, Newest = CudaArchitecture.SM_90;
    private static readonly CudaArchitecture[] Architectures = [Oldest, Newest];

    private static readonly (Type Holder, string Name)[] Kernels =
    [
        (typeof(WindowProduct), nameof(WindowProduct.Accumulate)), (typeof(WindowProduct), nameof(WindowProduct.Stage)),
        (typeof(WindowProduct), nameof(WindowProduct.PoolStage)), (typeof(GradientProduct), nameof(GradientProduct.Accumulate)),
    ];

    private readonly Dictionary<string, PtxText> compiled = [];

    private static IEnumerable<TestCaseData> Cases() =>
        from kernel in Kernels
        from architecture in Architectures
        select new TestCaseData(kernel.Holder, kernel.Name, architecture)
            .SetArgDisplayNames(kernel.Holder.Name, kernel.Name, architecture.ToString());

    [TestCaseSource(nameof(Cases))]
    public void EveryKernelKeepsItsFragmentsInRegisters(Type holder, string name, CudaArchitecture architecture)
    {
        var ptx = Ptx(holder, name, architecture);
        Assert.Multiple(() =>
        {
            Assert.That(UsesLocalMemory(ptx), Is.False);
            Assert.That(ptx.Count("call"), Is.Zero, "every instruction is in place");
            Assert.That(ptx.Count("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32"), Is.EqualTo(64), "two steps of 32");
            Assert.That(ptx.Count("ldmatrix.sync.aligned.m8n8.x4"), Is.EqualTo(16));
            Assert.That(ptx.Count("cp.async.cg.shared.global"), Is.EqualTo(8));
            Assert.That(ptx.Count("prmt"), Is.EqualTo(holder == typeof(GradientProduct) ? 64 : 0));
            Assert.That(ptx.Text, Does.Contain(".shared .align 16 .b8").And.Contain($"[{Staging.Bytes}]"));
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void NoReadAndNoCopyPassesItsBarrier(Type holder, string name, CudaArchitecture architecture)
    {
        var ptx = Ptx(holder, name, architecture);
        Assert.Multiple(() =>
        {
            Assert.That(ptx.Unordered("cp.async.wait_group", "ldmatrix", Barrier), Is.Null, "a stage is read when every thread's copies are there");
            Assert.That(ptx.Unordered("ldmatrix", "cp.async.cg", Barrier), Is.Null, "a stage is overwritten when every warp has read it");
            Assert.That(ptx.Unordered("ldmatrix", "st.shared", Barrier), Is.Null, "outputs take the memory that every warp has read");
            Assert.That(ptx.Unordered("st.shared", "ld.shared", Barrier), Is.Null, "outputs are read when every thread's are there");
        });
    }

    [TestCaseSource(nameof(Cases))]
    public void TwoGroupsFitAMultiprocessorWithoutSpills(Type holder, string name, CudaArchitecture architecture)
    {
        var report = Ptxas.Report(Ptx(holder, name, architecture).Text, architecture);
        Assert.That(report, Does.Contain(Ptxas.NoSpills));
        Assert.That(int.Parse(UsedRegisters().Match(report).Groups[1].Value), Is.InRange(128, MostRegisters));
    }

    /// <summary>So that each kernel is compiled once, which takes up to half a minute, and read for every architecture.</summary>
    [Test]
    public void TheArchitectureIsTheirNameAlone()
    {
        foreach (var (holder, name) in Kernels.Where(kernel => kernel.Name != nameof(WindowProduct.Stage)))
        {
            var (made, newest) = (Ptx(holder, name, Newest), Compile(holder, name, Newest, OptimizationLevel.O1));
            Assert.That(Numbered().Replace(newest.Text, "_"), Is.EqualTo(Numbered().Replace(made.Text, "_")));
        }
    }

    [Test]
    public void AnArrayThatALoopIndexesIsFoundInLocalMemory()
    {
        var ptx = Compile(typeof(TensorCorePtxTests), nameof(LoopOverAnArray), CudaArchitecture.SM_90, OptimizationLevel.O1);
        Assert.That(UsesLocalMemory(ptx), Is.True);
    }

    [Test]
    public void AReadThatNoBarrierPartsFromItsCopyIsFound()
    {
        var ptx = Compile(typeof(TensorCorePtxTests), nameof(ReadWithoutABarrier), CudaArchitecture.SM_90, OptimizationLevel.O1);
        Assert.Multiple(() =>
        {
            Assert.That(ptx.Unordered("cp.async.wait_group", "ldmatrix", Barrier), Is.Not.Null);
            Assert.That(ptx.Unordered("ldmatrix", "cp.async.cg", Barrier), Is.Not.Null);
        });
    }

    /// <summary>Planted: fragments in an array.</summary>
    public static void LoopOverAnArray(ArrayView<int> data)
    {
        var sums = LocalMemory.Allocate<int>(16);
        for (var i = 0; i < 64; i++) sums[data[i] & 15] += i;
        for (var i = 0; i < 16; i++) data[i] = sums[i];
    }

    /// <summary>Planted: a stage that is read and overwritten as if each warp had copied it alone.</summary>
    public static void ReadWithoutABarrier(ArrayView<byte> data, int stages)
    {
        var shared = TensorCore.SharedAddress(SharedMemory.Allocate<Quad>(512));
        var address = TensorCore.GlobalAddress(data) + (16 * Group.IdxX);
        for (var i = 0; i < stages; i++)
        {
            TensorCore.CopyAsync(shared + (16 * Group.IdxX), address, TensorCore.Segment);
            TensorCore.CommitCopies();
            TensorCore.WaitForAllGroups();
            TensorCore.StoreGlobal(address, TensorCore.LoadMatrices(shared + (16 * (Group.IdxX & 31))));
        }
    }

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex UsedRegisters();

    /// <summary>ILGPU numbers all names of a process.</summary>
    [GeneratedRegex(@"_\d+(?=\W)")]
    private static partial Regex Numbered();

    private static bool UsesLocalMemory(PtxText ptx) => ptx.Text.Contains(".local", StringComparison.Ordinal);

    private static PtxText Compile(Type holder, string name, CudaArchitecture architecture, OptimizationLevel level)
    {
        using var context = Context.Create(builder => builder.Optimize(level).TensorCores());
        using var backend = new PTXBackend(context, architecture, CudaInstructionSet.ISA_78, null!);
        var method = holder.GetMethod(name, BindingFlags.Public | BindingFlags.Static)!;
        if (method.IsGenericMethodDefinition) method = method.MakeGenericMethod(typeof(ActivationStage));
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(method);
        return new PtxText(((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly);
    }

    private PtxText Ptx(Type holder, string name, CudaArchitecture architecture)
    {
        if (!compiled.TryGetValue(holder.Name + name, out var ptx))
            compiled[holder.Name + name] = ptx = Compile(holder, name, Oldest, OptimizationLevel.O1);
        return new PtxText(ptx.Text.Replace(Target(Oldest), Target(architecture), StringComparison.Ordinal));
    }

    private static string Target(CudaArchitecture architecture) => $".target {architecture.ToString().ToLowerInvariant()}";
}
