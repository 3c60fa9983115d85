using ILGPU;
using ILGPU.Runtime;

namespace Wage.Tests.Gpu;

/// <summary>The stand-in does what kernels rely on, and fails where a card would read what it must not.</summary>
public sealed class StandinTests
{
    private readonly Accelerator accelerator = new();

    [Test]
    public void EveryThreadOfEveryGroupRunsOnce([Values(1, 3, 8)] int size)
    {
        var counts = accelerator.Allocate1D<byte>(5 * 8 * 4);
        counts.AsContiguous().MemSetToZero(accelerator.CreateStream());
        Launch(nameof(Kernels.Count), 5, size, counts);
        Assert.That(Read(counts)[..(5 * size)], Is.All.EqualTo(1));
    }

    [Test]
    public void AGroupSharesMemoryAcrossABarrier()
    {
        var sums = accelerator.Allocate1D<byte>(3 * 4);
        Launch(nameof(Kernels.SumOfGroup), 3, 6, sums);
        Assert.That(Read(sums), Is.EqualTo(new[] { 15, 75, 135 }));
    }

    [Test]
    public void AnIndexOutsideAViewFails([Values(1, 4)] int size)
    {
        var memory = accelerator.Allocate1D<byte>(4);
        Assert.That(
            () => Launch(nameof(Kernels.PastTheEnd), 1, size, memory),
            Throws.TypeOf<AggregateException>().With.InnerException.TypeOf<IndexOutOfRangeException>());
    }

    [Test]
    public void MemoryStartsAsGarbage() => Assert.That(Read(accelerator.Allocate1D<byte>(64)), Has.None.Zero);

    private static int[] Read(MemoryBuffer1D<byte, Stride1D.Dense> memory) =>
        [.. Enumerable.Range(0, (int)memory.Length / 4).Select(i => memory.AsContiguous().Cast<int>()[i])];

    private void Launch(string kernel, int groups, int size, MemoryBuffer1D<byte, Stride1D.Dense> memory) =>
        accelerator.LoadKernel<Action<AcceleratorStream, KernelConfig, ArrayView<byte>>>(typeof(Kernels).GetMethod(kernel)!)(
            accelerator.CreateStream(), new KernelConfig(groups, size), memory.AsContiguous());

    private static class Kernels
    {
        public static void Count(ArrayView<byte> counts) => Atomic.Add(ref counts.Cast<int>()[(Grid.IdxX * Group.DimX) + Group.IdxX], 1);

        public static void SumOfGroup(ArrayView<byte> sums)
        {
            var (tens, ones) = (SharedMemory.Allocate<int>(6), SharedMemory.Allocate<int>(6));
            (tens[Group.IdxX], ones[Group.IdxX]) = (10 * Grid.IdxX, Group.IdxX);
            Group.Barrier();
            if (Group.IdxX != 5) return;
            var sum = 0;
            for (var i = 0; i < 6; i++) sum += tens[i] + ones[i];
            sums.Cast<int>()[Grid.IdxX] = sum;
        }

        public static void PastTheEnd(ArrayView<byte> memory) => memory.Cast<int>()[1] = 0;
    }
}
