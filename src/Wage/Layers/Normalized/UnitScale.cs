using System.Numerics;
using Wage.Backends;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// What an evaluation reads of a product or a stage of the scheme integer-sgd: a multiplier, a shift and a start for each column, made on the host of
/// the states of training in exact integers, whenever weights are prepared. So an evaluation is that of an affine network, and what is exported runs
/// as one.
/// </summary>
internal sealed class UnitScale
{
    /// <summary>A sum that a start may add to.</summary>
    private const int MostStart = 1 << 30;

    private readonly IBackend backend;
    private readonly int[] starts;
    private readonly int[] multipliers;
    private readonly int[] shifts;

    /// <summary>For so many columns.</summary>
    public UnitScale(BuildContext context, int columns)
    {
        backend = context.Backend;
        (starts, multipliers, shifts) = (new int[columns], new int[columns], new int[columns]);
        (Start, Multipliers, Shifts) = (Of(), Of(), Of());

        Tensor Of() => context.Allocate(MemoryKind.Weights, ElementType.Int32, new Shape(columns));
    }

    /// <summary>What is added to sums.</summary>
    public Tensor Start { get; }

    /// <summary>M0.</summary>
    public Tensor Multipliers { get; }

    /// <summary>Its shift.</summary>
    public Tensor Shifts { get; }

    /// <summary>The stage's tensors.</summary>
    public StageTensors Tensors => new(Start) { Start = Start, Multipliers = Multipliers, Shifts = Shifts };

    /// <summary>The stage; it ends in codes, or in numbers of 32 bits.</summary>
    public static FusedStage Stage(int zeroPoint, int low, int high) =>
        FusedStage.Of(new AffineStage(default, zeroPoint, low, high, MultiplierRounding.Single));

    /// <summary>A node of the scales alone.</summary>
    public int Emit(PlanBuilder plan, string name, FusedStage stage, in SignalSpec output, int input) =>
        plan.Add(name, new StageOperation(stage, Tensors.Reads()), output, [input], Tensors.Constants(name));

    /// <summary>One scale for all columns: 2^exponent, and the same start.</summary>
    public void Set(long exponent, long start)
    {
        for (var c = 0; c < starts.Length; c++) Set(c, start, BigInteger.One, BigInteger.One, exponent);
        Write();
    }

    /// <summary>A column: the start, and the scale numerator / denominator 2^exponent.</summary>
    public void Set(int column, BigInteger start, BigInteger numerator, BigInteger denominator, long exponent)
    {
        starts[column] = (int)BigInteger.Max(-MostStart, BigInteger.Min(start, MostStart));
        (multipliers[column], shifts[column]) = Multiplier(numerator, denominator, exponent);
    }

    /// <summary>Adds to the starts.</summary>
    public void Add(ReadOnlySpan<long> more)
    {
        for (var c = 0; c < starts.Length; c++) starts[c] = (int)Math.Clamp(starts[c] + more[c], int.MinValue, int.MaxValue);
    }

    /// <summary>
    /// Before <see cref="Write"/>, of ends of 32 bits: a scale by which the greatest sum would leave them saturates. A channel has such a one that
    /// training saw constant, for its deviation is next to nothing.
    /// </summary>
    /// <param name="reach">The greatest magnitude of the sums of each column, without a start.</param>
    /// <param name="together">True: all columns keep their proportions, as scores do.</param>
    public void Hold(ReadOnlySpan<long> reach, bool together)
    {
        var most = 0;
        for (var c = 0; c < shifts.Length; c++)
        {
            var bound = reach[c] + Math.Abs((long)starts[c]);
            var excess = 0;
            while (excess < shifts[c] && bound << (shifts[c] - excess) > int.MaxValue) excess++;
            most = Math.Max(most, excess);
            if (!together) shifts[c] -= excess;
        }

        for (var c = 0; together && c < shifts.Length; c++) shifts[c] -= most;
    }

    /// <summary>Brings all to the backend.</summary>
    public void Write()
    {
        backend.Upload<int>(starts, Start);
        backend.Upload<int>(multipliers, Multipliers);
        backend.Upload<int>(shifts, Shifts);
    }

    /// <summary>M0 in [2^30, 2^31) and the shift of numerator / denominator 2^exponent, M0 = floor(M + 1/2); saturated at both ends.</summary>
    public static (int Multiplier, int Shift) Multiplier(BigInteger numerator, BigInteger denominator, long exponent)
    {
        if (numerator.IsZero) return (0, 0);
        var up = 31 + (int)(denominator.GetBitLength() - numerator.GetBitLength());
        var m = Scaled(numerator, denominator, up);
        if (m >= BigInteger.One << 31) m = Scaled(numerator, denominator, --up);
        if (m >= BigInteger.One << 31) (m, up) = (BigInteger.One << 30, up - 1);
        var shift = exponent + 31 - up;
        if (shift > 30) return (int.MaxValue, 30);
        return shift < -31 ? ((int)(m >> (int)Math.Min(-31 - shift, 62)), -31) : ((int)m, (int)shift);
    }

    /// <summary>floor(numerator / denominator 2^up + 1/2).</summary>
    public static BigInteger Scaled(BigInteger numerator, BigInteger denominator, int up)
    {
        if (up >= 0) numerator <<= up;
        else denominator <<= -up;
        var twice = (2 * numerator) + denominator;
        var quotient = BigInteger.DivRem(twice, 2 * denominator, out var rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }
}
