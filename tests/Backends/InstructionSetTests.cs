using Wage.Backends;
using Wage.Backends.Host;
using Wage.SelfTest;

namespace Wage.Tests.Backends;

/// <summary>The law of backends for every path of the CPU engine: one table of products, on each instruction set that this machine has.</summary>
[Parallelizable]
public sealed class InstructionSetTests
{
    private static readonly IReadOnlyList<(BackendCase Case, long[][] Expected)> Products = Table();

    [Test]
    public void EveryInstructionSetGivesTheReferenceIntegers([Values] InstructionSet set, [Values(1, 3)] int threads)
    {
        if (InstructionSets.Lack(set) is { } lack) Assert.Ignore($"{InstructionSets.Title(set)} was not run: {lack}");
        using var backend = new HostBackend(threads, set);
        Assert.That(backend.Instructions.Set, Is.EqualTo(set));
        Assert.That(Differences(backend).Take(10), Is.Empty);
    }

    [Test]
    public void EveryKernelGivesTheSums([Values] InstructionSet set)
    {
        if (InstructionSets.Lack(set) is { } lack) Assert.Ignore($"{InstructionSets.Title(set)} was not run: {lack}");
        var kernels = TileKernels.Of(set);
        foreach (var kernel in (TileKernel?[])[kernels.Words, kernels.Bytes, kernels.Narrow])
        {
            var forwardOnly = kernel == kernels.Narrow;
            if (kernel is not null && !forwardOnly) Assert.That(KernelCheck.Passes(kernel));
            for (var i = 0; kernel is not null && i < 60 * kernel.Panels; i++)
            {
                using var one = new KernelCase(kernel, (ulong)i, 1 + (i % kernel.Panels), forwardOnly);
                Assert.That(one.Fault(kernel), Is.Null);
            }
        }
    }

    /// <summary>Arm64's tile on any machine: what its steps compute is written out, how they are put together is its own code.</summary>
    [Test]
    public void TheTileOfArm64GivesTheSums([Values] bool bytes)
    {
        var kernel = bytes ? EmulatedArm64.Bytes : EmulatedArm64.Words;
        Assert.That(KernelCheck.Passes(kernel));
        for (var i = 0; i < 60; i++)
        {
            using var one = new KernelCase(kernel, (ulong)i, 1, false);
            Assert.That(one.Fault(kernel), Is.Null);
        }
    }

    /// <summary>What lies around the kernels, in shapes and biases that the machine's own need not have.</summary>
    [Test]
    public void KernelsOfOtherShapesGiveTheReferenceIntegers([Values] bool signed)
    {
        using var backend = new HostBackend(2, new InstructionSetChoice(InstructionSet.Scalar, "shaped"),
            signed ? ShapedKernels.Signed : ShapedKernels.Narrow);
        Assert.That(Differences(backend).Take(10), Is.Empty);
    }

    [Test]
    public void BytesSummedInInt64AreOneChunk()
    {
        using var memory = new NativeBuffer();
        Assert.That(() => TooLong(memory),
            Throws.InvalidOperationException.With.Message.EqualTo($"{TileProduct.SafeQuads + 1} quads in one sum, {TileProduct.SafeQuads} fit"));
        Assert.That(TileProduct.SafeQuads * 4L * 128 * 128, Is.LessThanOrEqualTo(int.MaxValue).And.GreaterThan(int.MaxValue - (4L * 128 * 128)));
    }

    private static unsafe void TooLong(NativeBuffer memory)
    {
        var product = new TileProduct
        {
            Kernel = TileKernels.Of(InstructionSet.Scalar).Bytes!,
            Start = memory.Ensure<int>(TileLoop.Columns),
            Loop = new TileLoop(1, 1, TileProduct.SafeQuads + 1, 0, 0, 4),
            SafeSteps = TileProduct.SafeQuads,
        };
        product.Into((long*)null, 0, 0, 1, 0, 1, false);
    }

    private static IEnumerable<string> Differences(HostBackend backend) =>
        Products.Select(one => one.Case.Difference(one.Expected, backend) is { } difference ? $"{one.Case}: {difference}" : null).OfType<string>();

    private static List<(BackendCase Case, long[][] Expected)> Table()
    {
        using var reference = new ReferenceBackend();
        var blocks = StageCases.All().Concat(AffineCases.All()).Where(one => one.Operation.StartsWith(nameof(IBackend.Convolve)));
        return [.. ProductCases.All().Concat(blocks).Select(one => (one, one.Run(reference)))];
    }
}
