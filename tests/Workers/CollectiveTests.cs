using Wage.Backends;
using Wage.Numbers;
using Wage.Tensors;
using Wage.Workers;

namespace Wage.Tests.Workers;

/// <summary>Sums, maxima and parts over ranks that are threads.</summary>
[Parallelizable]
public sealed class CollectiveTests
{
    /// <summary>A short tensor goes whole, a long one in parts.</summary>
    [Test]
    public void ASumIsEverybodysWhateverItsLength(
        [Values(1, 2, 3, 5)] int ranks, [Values(1, 7, 512, 513, 1000)] int length, [Values(ElementType.Int32, ElementType.Int64)] ElementType type)
    {
        var wanted = Enumerable.Range(0, length).Select(i => Enumerable.Range(0, ranks).Sum(rank => Number(rank, i, type))).ToArray();
        var sums = ThreadTransport.Run(ranks, transport =>
        {
            var tensor = Values.Tensor(type, [.. Enumerable.Range(0, length).Select(i => Number(transport.Rank, i, type))]);
            new Collective(transport, new ReferenceBackend()).Sum(tensor);
            return Values.Of(tensor);
        });
        Assert.That(sums, Is.All.EqualTo(wanted));
    }

    [Test]
    public void AMaximumIsEverybodysAndSeveralTakeOneExchange()
    {
        var results = ThreadTransport.Run(3, transport =>
        {
            var (a, b) = (Values.Tensor(ElementType.Int64, transport.Rank, -5), Values.Tensor(ElementType.Int64, 7 - transport.Rank));
            new Collective(transport, new ReferenceBackend()).Max([a, b]);
            return (long[])[.. Values.Of(a), .. Values.Of(b), transport.Gathers];
        });
        Assert.That(results, Is.All.EqualTo(new long[] { 2, -5, 7, 1 }));
    }

    [Test]
    public void BytesOfAnyLengthsComeByRankAndAnyIsAny()
    {
        var results = ThreadTransport.Run(3, transport =>
        {
            var workers = new Collective(transport, new ReferenceBackend());
            return (workers.Gather(new byte[] { 1, 2, 3 }.AsSpan(0, transport.Rank)), workers.Any(transport.Rank == 1), workers.Any(false));
        });
        foreach (var (bytes, any, none) in results)
        {
            Assert.That(bytes, Is.EqualTo(new byte[][] { [], [1], [1, 2] }));
            Assert.That((any, none), Is.EqualTo((true, false)));
        }
    }

    /// <summary>Of every count of bytes the least and the greatest integer, and the exact number of bytes that travel.</summary>
    [TestCase(100, 1), TestCase(127, 1), TestCase(128, 2), TestCase(32_767, 2), TestCase(32_768, 3), TestCase((1 << 23) - 1, 3), TestCase(1 << 23, 4)]
    [TestCase(1L << 31, 5), TestCase(1L << 39, 6), TestCase(1L << 47, 7), TestCase(1L << 55, 8), TestCase(long.MaxValue / 3, 8)]
    public void PartsAreSummedOfAsFewBytesAsTheBoundAllows(long bound, int bytes)
    {
        const int Ranks = 3, Length = 333;
        long[] Own(int rank) => [.. Enumerable.Range(0, Length).Select(i => (i + rank) % 3 == 0 ? bound : (i % 2 == 0) ? -bound : i % bound)];
        var wanted = Enumerable.Range(0, Length).Select(i => Enumerable.Range(0, Ranks).Sum(rank => Own(rank)[i])).ToArray();
        var results = ThreadTransport.Run(Ranks, transport =>
        {
            var workers = new Collective(transport, new ReferenceBackend());
            var (tensor, parts) = (Values.Tensor(ElementType.Int64, Own(transport.Rank)), new Parts(Length, Ranks));
            var sum = new PartSum(workers, Length, ElementType.Int64, bound);
            sum.Start(tensor);
            sum.Finish(tensor);
            var (first, count) = (parts.First(workers.Rank), parts.Count(workers.Rank));
            Assert.That(workers.Sent, Is.EqualTo((Length - count) * bytes));
            Assert.That(workers.Received, Is.EqualTo((Ranks - 1) * count * bytes));
            Assert.That(Values.Of(tensor)[first..(first + count)], Is.EqualTo(wanted[first..(first + count)]));
            var gather = new PartGather(workers, Length, ElementType.Int64, long.MaxValue);
            gather.Start(tensor);
            gather.Finish(tensor);
            Assert.That(workers.Sent, Is.EqualTo(((Length - count) * bytes) + ((Ranks - 1) * count * 8)));
            return Values.Of(tensor);
        });
        Assert.That(results, Is.All.EqualTo(wanted));
    }

    /// <summary>Begun in one order and waited for in another.</summary>
    [Test]
    public void SumsMayBeUnderWayTogether()
    {
        var results = ThreadTransport.Run(2, transport =>
        {
            var workers = new Collective(transport, new ReferenceBackend());
            var tensors = Enumerable.Range(0, 3).Select(k => Values.Tensor(ElementType.Int32, [.. Enumerable.Repeat(k + 1L, 128 + k)])).ToArray();
            var sums = tensors.Select(tensor => new PartSum(workers, tensor.Length, tensor.Type, 3)).ToArray();
            for (var k = 0; k < 3; k++) sums[k].Start(tensors[k]);
            foreach (var k in transport.Rank == 0 ? new[] { 2, 0, 1 } : [1, 2, 0]) sums[k].Finish(tensors[k]);
            return tensors.Select(tensor => Values.Of(tensor)[transport.Rank * 64]).ToArray();
        });
        Assert.That(results, Is.All.EqualTo(new long[] { 2, 4, 6 }));
    }

    [Test]
    public void PartsCoverEveryElementOnce([Values(1, 27, 64, 65, 200, 4096, 4097, 12_970_000)] int length, [Values(1, 2, 3, 7, 64)] int ranks)
    {
        var parts = new Parts(length, ranks);
        Assert.That(parts.First(0), Is.Zero);
        Assert.That(parts.First(ranks), Is.EqualTo(length));
        Assert.That(Enumerable.Range(0, ranks).All(rank => parts.First(rank) % 8 == 0));
        Assert.That(Enumerable.Range(0, ranks).Sum(parts.Count), Is.EqualTo(length));
        Assert.That(parts.Exist, Is.EqualTo(length >= 8 * ranks));
        if (parts.Exist) Assert.That(Enumerable.Range(0, ranks).Min(parts.Count), Is.Positive);
    }

    [Test]
    public void SlicesCoverTheBatch([Values(1, 2, 3, 7, 20)] int ranks)
    {
        var slices = Enumerable.Range(0, ranks).Select(rank => BatchSlice.Of(20, rank, ranks)).ToArray();
        Assert.That(slices.Sum(slice => slice.Count), Is.EqualTo(20));
        Assert.That(slices.Skip(1).Zip(slices).All(pair => pair.First.First == pair.Second.First + pair.Second.Count));
        Assert.That(slices.Max(slice => slice.Count), Is.EqualTo(slices[0].Longest));
        Assert.That(slices.Min(slice => slice.Count), Is.EqualTo(20 / ranks));
    }

    [Test]
    public void MoreWorkersThanImagesAreRefused() => Assert.That(
        () => BatchSlice.Of(4, 0, 5), Throws.TypeOf<WageException>().With.Message.EqualTo(
            "batch: is 4, but 5 workers share it, and each needs an image. HINT: take at most 4 workers."));

    [TestCase(20, 0, 0), TestCase(20, 3, 3), TestCase(20, -1, 2), TestCase(-1, 0, 1)]
    public void ASliceIsOneOfAWorker(int batch, int rank, int ranks) =>
        Assert.That(() => new BatchSlice(batch, rank, ranks), Throws.TypeOf<ArgumentOutOfRangeException>());

    /// <summary>2^31 bytes and more are refused in words, before anything is sent.</summary>
    [Test]
    public void MessagesThatNoArrayHoldsAreRefused()
    {
        var numbers = new long[1 << 19];
        var workers = new Collective(new Crowd(1 << 10), new ReferenceBackend());
        Assert.That(() => workers.Sum(numbers), Throws.TypeOf<WageException>().With.Message.StartsWith(
            "workers: a message has 4294967296 bytes, but can have 2147483591."));
        Assert.That(() => workers.Gather(new byte[1 << 22]), Throws.TypeOf<WageException>().With.Message.StartsWith(
            "workers: a message has 4294967296 bytes, but can have 2147483591."));
    }

    /// <summary>Where one worker's tensors have no views, all learn whole parameters.</summary>
    [TestCase(-1, true), TestCase(0, false), TestCase(2, false)]
    public void PartsAreLearnedWhereAllWorkersHaveThem(int without, bool wanted) => Assert.That(
        ThreadTransport.Run(3, transport => new Collective(transport, new ReferenceBackend()).HaveParts(
            transport.Rank == without ? new Plain() : Values.Tensor(ElementType.Int32, 1, 2))),
        Is.All.EqualTo(wanted));

    private sealed class Plain() : Tensor(ElementType.Int32, new Shape(2))
    {
        public override Tensor Reshape(Shape shape) => this;
    }

    /// <summary>A rank of many, of which the others have nothing.</summary>
    private sealed class Crowd(int size) : ITransport
    {
        public int Rank => 0;

        public int Size => size;

        public void Start(Exchange exchange) => throw new NotSupportedException();

        public void Wait(Exchange exchange) => throw new NotSupportedException();

        public void Gather(ReadOnlySpan<byte> own, Span<byte> all)
        {
            all.Clear();
            own.CopyTo(all);
        }
    }

    private static long Number(int rank, int i, ElementType type) =>
        (long)RandomBits.UInt64(new RandomKey(3, (uint)rank, 0), (ulong)i) >> (type == ElementType.Int32 ? 36 : 5);
}
