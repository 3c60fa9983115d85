using Wage.Backends;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.SelfTest;

/// <summary>Operations on one element at a time, over lengths around the vectors' and the ranges'.</summary>
internal static class ElementwiseCases
{
    private static readonly int[] Lengths = [1, 7, 16, 31, 33, 100, 20011];
    private static readonly ElementType[] Signed = [ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64];

    public static IEnumerable<BackendCase> All()
    {
        var seed = 100UL;
        foreach (var type in Signed)
        {
            foreach (var n in Lengths)
            {
                yield return Unary(StageName<ReluStage>.Map, type, n, seed++, (b, x) =>
                {
                    var y = b.With(type, new Shape(n), new long[n]);
                    b.Relu(x, y);
                    return y;
                });
                yield return Unary(StageName<ReluStage>.Map, type, n, seed++, (b, x) =>
                {
                    b.Relu(x, x);
                    return x;
                });
                yield return Unary(nameof(IBackend.Copy), type, n, seed++, (b, x) =>
                {
                    var y = b.Allocate(type, new Shape(n));
                    b.Copy(x, y);
                    return y;
                });
                yield return Unary(nameof(MaxAbs), type, n, seed++, (b, x) =>
                {
                    var most = b.With(ElementType.Int64, 5);
                    b.MaxAbs(x, most);
                    return most;
                });
            }

            foreach (var (rows, left, right) in ((int, int, int)[])[(1, 1, 1), (7, 3, 16), (515, 17, 5), (1, 30_000, 9)])
                yield return SideBySide(type, rows, left, right, seed++);
            foreach (var error in Signed)
            {
                foreach (var n in (int[])[33, 20011])
                {
                    yield return Binary(nameof(ClearOutside), type, error, n, seed++, (b, y, e) => b.ClearOutside(y, 1, long.MaxValue, e));
                    foreach (var limit in (long[])[0, 1, 2, 127, 32767, int.MaxValue, 1L << 35, long.MaxValue])
                    {
                        yield return Binary(
                            nameof(ClearOutside), type, error, n, seed, (b, x, e) => b.ClearOutside(x, -limit, limit, e), $"<= {limit}");
                        yield return Binary(
                            nameof(ClearOutside), type, error, n, seed++, (b, x, e) => b.ClearOutside(x, 1 - limit, limit / 2, e),
                            $"in ({-limit}, {limit / 2}]");
                    }
                }

                yield return Sum(type, error, 129, seed++);
                yield return CodeSum(type, error, seed++);
                yield return Table(type, error, 20_011, seed++);
                foreach (var (exponentX, exponentY) in ((long?, long?)[])[(null, null), (-3, 4), (20, -20), (null, 9), (5, 5)])
                    yield return ErrorSum(type, error, exponentX, exponentY, seed++);
            }
        }

        yield return new BackendCase(FunctionName<ErrorAlignment>.Name, "of units 2^5 apart", b =>
        {
            var (draw, z) = (new Draw(seed), b.Allocate(ElementType.Int64, new Shape(77)));
            b.Combine(b.With(ElementType.Int32, draw.Adversarial(77, 1 << 20)), b.With(ElementType.Int16, draw.Many(77, -99, 99)),
                new ErrorAlignment(3, -2, 12), z);
            return [b.Values(z)];
        });
        foreach (var least in (int[])[int.MinValue, 5, int.MaxValue - 1])
        {
            yield return new BackendCase(nameof(IBackend.Lookup), $"from {least} on, at the types' ends", b =>
            {
                var x = b.With(ElementType.Int64, long.MinValue, int.MinValue, -1, 0, 6, int.MaxValue, int.MaxValue + 1L, long.MaxValue);
                var y = b.Allocate(ElementType.Int8, x.Shape);
                b.Lookup(x, least, b.With(ElementType.Int8, 11, 12, 13, 14), y);
                return [b.Values(y)];
            });
        }

        foreach (var bits in (int[])[1, 2, 4])
        {
            foreach (var n in (int[])[1, 7, 33, 70_003]) yield return Packed(bits, n, seed++);
        }

        yield return new BackendCase(nameof(MaxAbs), "of the least int", b =>
        {
            var most = b.With(ElementType.Int64, 0);
            b.MaxAbs(b.With(ElementType.Int32, [.. Enumerable.Repeat(1L, 20), int.MinValue]), most);
            return [b.Values(most)];
        });
    }

    private static BackendCase Unary(string operation, ElementType type, int n, ulong seed, Func<IBackend, Tensor, Tensor> run) =>
        new(operation, $"{type} [{n}] {seed}", b => [b.Values(run(b, b.With(type, new Shape(n), new Draw(seed).Adversarial(n, Draw.Limit(type)))))]);

    private static BackendCase Binary(
        string operation, ElementType type, ElementType error, int n, ulong seed, Action<IBackend, Tensor, Tensor> run, string argument = "") =>
        new(operation, $"{type} {error} [{n}] {argument} {seed}", b =>
        {
            var draw = new Draw(seed);
            var x = b.With(type, new Shape(n), draw.Adversarial(n, Draw.Limit(type)));
            var e = b.With(error, new Shape(n), draw.Adversarial(n, Draw.Limit(error)));
            run(b, x, e);
            return [b.Values(e)];
        });

    private static BackendCase Sum(ElementType x, ElementType y, int n, ulong seed) => new(FunctionName<AlignedSum>.Name, $"{x} {y} {seed}", b =>
    {
        var draw = new Draw(seed);
        var (left, right) = (b.With(x, draw.Adversarial(n, Draw.Limit(x))), b.With(y, draw.Adversarial(n, Draw.Limit(y))));
        var wide = Math.Max(Draw.Limit(x), Draw.Limit(y)) > short.MaxValue;
        var z = b.Allocate(wide ? ElementType.Int64 : ElementType.Int32, new Shape(n));
        b.Combine(left, right, new AlignedSum(3, 7), z);
        return [b.Values(z)];
    });

    /// <summary>Codes of two grids.</summary>
    private static BackendCase CodeSum(ElementType x, ElementType y, ulong seed) => new(FunctionName<AffineSum>.Name, $"{x} {y} {seed}", b =>
    {
        List<long[]> all = [];
        foreach (var rounding in (MultiplierRounding[])[MultiplierRounding.Double, MultiplierRounding.Single])
        {
            var draw = new Draw(seed);
            QuantizedMultiplier Scale(long least, long most) => new((int)draw.Between(1 << 30, int.MaxValue), (int)draw.Between(least, most));
            AffineOperand Operand() => new(Scale(-6, -1), (int)draw.Of(-128, 127, draw.Between(-128, 127)));
            var (n, isByte) = (20_011, x == ElementType.Int8 && y == ElementType.Int8);
            var sum = new AffineSum(
                new AffineOperand(new QuantizedMultiplier(1 << 30, 0), (int)draw.Between(-128, 127)), Operand(), Scale(-20, isByte ? -15 : 1),
                (int)draw.Of(-128, 127, draw.Between(-128, 127)), (int)draw.Of(-128, -128, draw.Between(-128, 0)), (int)draw.Of(127, 57), rounding);
            var (left, right) = (b.With(x, draw.Many(n, -128, 127)), b.With(y, draw.Adversarial(n, 127)));
            var z = b.Allocate(ElementType.Int8, new Shape(n));
            b.Combine(left, right, sum, z);
            if (isByte) b.Combine(left, z, sum, left);
            all.AddRange([b.Values(z), b.Values(left)]);
        }

        return [.. all];
    });

    /// <summary>Two tensors side by side in the rows of one, of which the first column stays.</summary>
    private static BackendCase SideBySide(ElementType type, int rows, int left, int right, ulong seed) =>
        new(nameof(IBackend.CopyColumns), $"{type} [{rows}] {left} {right} {seed}", b =>
        {
            var (draw, y) = (new Draw(seed), b.Allocate(type, new Shape(rows, 1, left + right + 1)));
            b.CopyColumns(b.With(type, new Shape(1, rows, left), draw.Many(rows * left, 0, 100)), y, 1);
            b.CopyColumns(b.With(type, new Shape(rows, right), draw.Many(rows * right, 0, 100)), y, left + 1);
            return [b.Values(y)];
        });

    /// <summary>Weights of few bits, all bytes that can be.</summary>
    private static BackendCase Packed(int bits, int n, ulong seed) => new(nameof(IBackend.Unpack), $"{bits} bits [{n}] {seed}", b =>
    {
        var (draw, codes) = (new Draw(seed), b.Allocate(ElementType.Int8, new Shape(n)));
        var packed = b.With(ElementType.UInt8, draw.Many((int)BitPacking.Bytes(n, bits), 0, 255));
        b.Unpack(packed, bits, 0, codes);
        var first = b.Values(codes);
        b.Unpack(packed, bits, SignedCodes.MostShift(bits), codes);
        return [first, b.Values(codes)];
    });

    /// <summary>Values before, in and behind the table.</summary>
    private static BackendCase Table(ElementType x, ElementType y, int n, ulong seed) => new(nameof(IBackend.Lookup), $"{x} {y} [{n}] {seed}", b =>
    {
        var draw = new Draw(seed);
        var values = b.With(x, draw.Many(n, -90, 90));
        var table = b.With(y, draw.Adversarial(100, Draw.Limit(y)));
        var result = b.Allocate(y, new Shape(n));
        b.Lookup(values, -40, table, result);
        return [b.Values(result)];
    });

    private static BackendCase ErrorSum(ElementType x, ElementType y, long? exponentX, long? exponentY, ulong seed) =>
        new(nameof(IBackend.AddErrors), $"{x} 2^{exponentX} {y} 2^{exponentY} {seed}", b =>
        {
            var draw = new Draw(seed);
            var (left, right) = (b.With(x, draw.Adversarial(77, Draw.Limit(x))), b.With(y, draw.Adversarial(77, Draw.Limit(y))));
            var (z, exponent) = (b.Allocate(ElementType.Int64, new Shape(77)), b.With(ElementType.Int64, 9));
            b.AddErrors(left, Of(exponentX), -2, right, Of(exponentY), 1, 12, z, exponent);
            return [b.Values(z), b.Values(exponent)];

            Tensor? Of(long? e) => e is null ? null : b.With(ElementType.Int64, e.Value);
        });
}
