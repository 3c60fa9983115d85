using FsCheck.Fluent;
using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.SelfTest;
using Wage.Tensors;
using Wage.Tests.Gpu;

namespace Wage.Tests.Backends;

/// <summary>A stage at the end of a product gives what it gives alone: every stage, one of this assembly included, on every backend.</summary>
[Parallelizable]
public sealed class StageLawTests
{
    private static readonly ReferenceBackend Reference = new();
    private readonly List<IBackend> backends = [];

    [OneTimeSetUp]
    public void Start() => backends.AddRange([Reference, new HostBackend(1), new HostBackend(2), .. Lent.All()]);

    [OneTimeTearDown]
    public void Stop() => backends.ForEach(Lent.Return);

    [Test]
    public void AShiftEndsAProductAsItEndsATensor() =>
        Hold(n => new ShiftStage((n % 20) - 4, 127, (Rounding)(n % 5)));

    [Test]
    public void AnActivationEndsAProductAsItEndsATensor() => Hold(n => new ActivationStage(n % 15, 31, (Rounding)(n % 5), 5L * n));

    [Test]
    public void AnErrorEndsAProductAsItEndsATensor() => Hold(n => new ErrorStage(8, n % 2 == 0 ? Rounding.HalfEven : Rounding.HalfAway));

    [Test]
    public void AnAffineStageEndsAProductAsItEndsATensor() => Hold(n => new AffineStage(
        new QuantizedMultiplier((1 << 30) + (n * 99_991), (n % 14) - 12), (n % 256) - 128, -128, 127, (MultiplierRounding)(n % 2)));

    [Test]
    public void AReluEndsAProductAsItEndsATensor() => Hold(_ => default(ReluStage), ElementType.Int32);

    [Test]
    public void NothingEndsAProductAsItEndsATensor() => Hold(_ => default(RawStage), ElementType.Int32);

    [Test]
    public void AStageOfAnotherAssemblyEndsAProductAsItEndsATensor() => Hold(n => new ThreeLevels(n % 200));

    [Test]
    public void AStageThatDiffersIsFound()
    {
        var (g, _, _) = Example(3);
        var fused = Fused(backends[1], g, null, new ThreeLevels(5), ElementType.Int8, 3, keeps: false);
        Assert.That(fused, Is.Not.EqualTo(Alone(Reference, g, null, new ThreeLevels(500), ElementType.Int8, 3)));
    }

    private void Hold<S>(Func<int, S> stage, ElementType output = ElementType.Int8)
        where S : unmanaged, IOutputStage => Laws.Hold(Gen.Choose(0, 10_000), n =>
    {
        var (g, pool, accumulator) = Example(n);
        if (output == ElementType.Int32) accumulator = ElementType.Int32;
        var expected = Alone(Reference, g, pool, stage(n), output, n, accumulator);
        foreach (var backend in backends)
        {
            foreach (var keeps in (bool[])[false, true])
                Assert.That(Fused(backend, g, pool, stage(n), output, n, keeps, accumulator), Is.EqualTo(expected), $"{backend.Name} {g} {pool}");
            Assert.That(Alone(backend, g, pool, stage(n), output, n, accumulator), Is.EqualTo(expected), $"{backend.Name} {g} {pool}");
        }
    }, count: 12);

    private static (ConvGeometry G, PoolGeometry? Pool, ElementType Accumulator) Example(int n)
    {
        var draw = new Draw((ulong)n);
        var (size, channels) = ((int)draw.Between(2, 6), (int)draw.Between(1, 20));
        var g = new ConvGeometry(3, size, size, channels, (int)draw.Between(1, 36), 3, 3, 1, Padding.Same(size, size, 3, 3, 1));
        if (draw.Between(0, 4) == 0) g = ConvGeometry.Dense(5, channels, g.Filters);
        PoolGeometry? pool = g.OutputHeight > 1 ? new(g.Batch, g.OutputHeight, g.OutputWidth, g.Filters, 2, 2, (int)draw.Between(1, 2)) : null;
        return (g, draw.Between(0, 1) == 0 ? pool : null, draw.Of(ElementType.Int32, ElementType.Int64));
    }

    private static long[] Fused<S>(
        IBackend b, ConvGeometry g, PoolGeometry? pool, S stage, ElementType output, int seed, bool keeps,
        ElementType accumulator = ElementType.Int32)
        where S : unmanaged, IOutputStage
    {
        var (x, w) = Operands(b, g, seed);
        var t = Tensors(b, pool?.OutputShape ?? g.OutputShape, output);
        var kept = keeps ? b.Allocate(accumulator, g.OutputShape) : null;
        b.Convolve(x, w, g, accumulator, pool, stage, t with { Kept = kept, Position = pool is null ? null : t.Position });
        if (kept is not null)
        {
            var sums = b.Allocate(accumulator, g.OutputShape);
            b.Convolve(x, w, g, sums);
            Assert.That(b.Values(kept), Is.EqualTo(b.Values(sums)), "the kept accumulators");
        }

        return Results(b, t);
    }

    private static long[] Alone<S>(
        IBackend b, ConvGeometry g, PoolGeometry? pool, S stage, ElementType output, int seed, ElementType accumulator = ElementType.Int32)
        where S : unmanaged, IOutputStage
    {
        var (x, w) = Operands(b, g, seed);
        var t = Tensors(b, pool?.OutputShape ?? g.OutputShape, output);
        var v = b.Allocate(accumulator, g.OutputShape);
        b.Convolve(x, w, g, v);
        if (pool is { } windows)
        {
            var pooled = b.Allocate(accumulator, windows.OutputShape);
            b.MaxPool(v, windows, pooled, t.Position!);
            v = pooled;
        }

        b.Map(v, stage, t);
        return Results(b, t);
    }

    private static (Tensor X, Tensor W) Operands(IBackend b, ConvGeometry g, int seed)
    {
        var draw = new Draw((ulong)seed + 1);
        return (b.With(ElementType.Int8, g.InputShape, draw.Many(g.InputShape.Length, -127, 127)),
            b.With(ElementType.Int8, g.WeightShape, draw.Many(g.WeightShape.Length, -7, 7)));
    }

    private static StageTensors Tensors(IBackend b, Shape shape, ElementType output) => new(b.Allocate(output, shape))
    {
        Mask = b.Allocate(ElementType.UInt8, shape),
        Position = b.Allocate(ElementType.UInt8, shape),
        Range = b.With(ElementType.Int64, 5000),
        Exponent = b.Allocate(ElementType.Int64, new Shape(1)),
        Key = new RandomKey(5, 6, 7),
    };

    private static long[] Results(IBackend b, in StageTensors t) =>
        [.. b.Values(t.Output), .. b.Values(t.Mask!), .. b.Values(t.Position!), .. b.Values(t.Exponent!)];

    /// <summary>-1, 0 or 1 by a threshold; the mask tells zeros. Public, for kernels compile it in an assembly of theirs.</summary>
    public readonly record struct ThreeLevels(int Threshold) : IOutputStage
    {
        public int Exponent(long range) => 0;

        public int RandomBits(long range) => 0;

        public bool FitsInt32(long range) => true;

        public StageConstants<T> Prepare<T>(long range)
            where T : struct, ILanes<T> => new() { A = T.Of(Threshold), B = T.Of(-Threshold) };

        public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
            where T : struct, ILanes<T> => T.Greater(k.B, v) - T.Greater(v, k.A);

        public T Mask<T>(T v, in StageConstants<T> k)
            where T : struct, ILanes<T> => T.Of(1) & (T.Greater(v, k.A) | T.Greater(k.B, v));
    }
}
