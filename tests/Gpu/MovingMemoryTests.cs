using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using Wage.Backends;
using Wage.Gpu;
using Wage.Gpu.Simulation;
using Wage.Tensors;
using Wage.Tests.Architecture;

namespace Wage.Tests.Gpu;

/// <summary>Copies read and write memory that the garbage collector may move at any moment: it must be held in its place.</summary>
public sealed class MovingMemoryTests
{
    [Test]
    public void CopiesArriveWhileTheCollectorMovesTheirMemory()
    {
        using var stop = new CancellationTokenSource();
        var backends = GpuBackends.Open().ToList();
        var collector = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(1, GCCollectionMode.Forced, blocking: true, compacting: true);
                Thread.Sleep(1);                      // one collection on the heels of another leaves the copies no time: it took minutes
            }
        });
        try
        {
            foreach (var backend in backends) RoundTrips(backend);
        }
        finally
        {
            stop.Cancel();
            collector.Wait();
        }
    }

    /// <summary>A move in the middle of a copy is rare: that each method holds what it copies is read from its code.</summary>
    [Test]
    public void EveryCopyIsOfMemoryThatItsMethodHoldsOrThatDoesNotMove() => Assert.That(
        Copies(typeof(IlgpuBackend)).Where(copy => !Holds(typeof(IlgpuBackend), copy)), Is.EquivalentTo(new[]
        {
            (typeof(BatchUploads).FullName, "Fill"),                                      // a pinned array
            (typeof(FloatDevice).FullName, "Download"), (typeof(FloatDevice).FullName, "Upload"),     // tensors of the host are pinned
        }));

    [Test]
    public void ACopyOfMemoryThatIsNotHeldIsFound()
    {
        var planted = Copies(typeof(Planted)).Where(copy => copy.Owner!.EndsWith("MovingMemoryTests.Planted", StringComparison.Ordinal)).ToList();
        Assert.That(planted.Where(copy => !Holds(typeof(Planted), copy)).Select(copy => copy.Member), Is.EqualTo(new[] { nameof(Planted.Moves) }));
        Assert.That(planted, Has.Count.EqualTo(2));
    }

    private static IEnumerable<(string? Owner, string Member)> Copies(Type of) => AssemblyScan.Of(of.Assembly.Location)
        .Where(use => use.Target.StartsWith("ILGPU.", StringComparison.Ordinal)
            && (use.Target.Contains(".CopyFromCPU", StringComparison.Ordinal) || use.Target.Contains(".CopyToCPU", StringComparison.Ordinal)))
        .Select(use => ((string?)use.Owner, use.Member)).Distinct();

    /// <summary>Whether a method of this name has a pinned local.</summary>
    private static bool Holds(Type of, (string? Owner, string Member) copy)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        return of.Assembly.GetTypes().Where(type => type.FullName?.Replace('+', '.') == copy.Owner)
            .SelectMany(type => type.GetMethods(All)).Where(method => method.Name == copy.Member)
            .All(method => method.GetMethodBody()!.LocalVariables.Any(local => local.IsPinned));
    }

    private static unsafe class Planted
    {
        public static void Holds(ArrayView<byte> memory, AcceleratorStream stream, byte[] source)
        {
            fixed (byte* first = source) memory.CopyFromCPU(stream, ref *first, source.Length);
        }

        public static void Moves(ArrayView<byte> memory, AcceleratorStream stream, byte[] source) =>
            memory.CopyFromCPU(stream, ref source[0], source.Length);
    }

    private static void RoundTrips(IBackend backend)
    {
        using (backend)
        {
            var tensor = backend.Allocate(ElementType.Int32, new Shape(20_000));
            for (var round = 1; round <= 300; round++)
            {
                // Garbage in front of the two arrays gives the collector a reason to move them.
                GC.KeepAlive(new byte[4096]);
                var (sent, back) = (new int[tensor.Length], new int[tensor.Length]);
                Array.Fill(sent, round);
                backend.Upload<int>(sent, tensor);
                backend.Download<int>(tensor, back);
                Assert.That(back.AsSpan().SequenceEqual(sent), $"{backend.Name}, round {round}");
            }
        }
    }
}
