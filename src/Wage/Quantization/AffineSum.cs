using System.Runtime.CompilerServices;
using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>One of the codes that are added: r = S (q - Z).</summary>
/// <param name="Scale">S over twice the greater of the two scales: at most 1/2.</param>
/// <param name="ZeroPoint">Z, a code.</param>
public readonly record struct AffineOperand(QuantizedMultiplier Scale, int ZeroPoint);

/// <summary>
/// q3 = clamp(Z3 + M3 (M1 (q1 - Z1) 2^20 + M2 (q2 - Z2) 2^20), low, high): where a branch and its shortcut meet, each with a grid of its own. With
/// t = 2 max(S1, S2), M1 = S1 / t, M2 = S2 / t and M3 = t / (2^20 S3). Jacob et al. 2018, appendix A.2; TensorFlow Lite: Add.
/// </summary>
/// <param name="X">The first operand.</param>
/// <param name="Y">The second.</param>
/// <param name="Scale">M3.</param>
/// <param name="ZeroPoint">Z3, a code.</param>
/// <param name="Low">The least code.</param>
/// <param name="High">The greatest code.</param>
/// <param name="Rounding">How the bits are dropped.</param>
public readonly record struct AffineSum(
    AffineOperand X, AffineOperand Y, QuantizedMultiplier Scale, int ZeroPoint, int Low, int High, MultiplierRounding Rounding) : IPairFunction
{
    /// <summary>Bits that the operands get below their units, so that little is lost where their scales meet.</summary>
    public const int MoreBits = 20;

    /// <inheritdoc/>
    public long Of(long x, long y) => Value(new Lane64(x), new Lane64(y), Prepare<Lane64>()).Value;

    /// <summary>Whether lanes of 32 bits hold the whole computation for codes of 8 bits.</summary>
    internal bool FitsInt32 =>
        X.Scale.IsValid && Y.Scale.IsValid && Scale.IsValid && X.Scale.Shift <= 0 && Y.Scale.Shift <= 0 && IsCode(X.ZeroPoint)
        && IsCode(Y.ZeroPoint) && IsCode(ZeroPoint) && IsCode(Low) && IsCode(High);

    /// <summary>What the loop reads, broadcast before it.</summary>
    internal AffineSumConstants<T> Prepare<T>()
        where T : struct, ILanes<T> => new()
        {
            X = AffineSumConstants<T>.Operand.Of(X.ZeroPoint, X.Scale),
            Y = AffineSumConstants<T>.Operand.Of(Y.ZeroPoint, Y.Scale),
            Sum = AffineSumConstants<T>.Operand.Of(ZeroPoint, Scale),
            Low = T.Of(checked((long)Low - ZeroPoint)),
            High = T.Of(checked((long)High - ZeroPoint)),
        };

    /// <summary>The codes of the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T Value<T>(T x, T y, in AffineSumConstants<T> k)
        where T : struct, ILanes<T>
    {
        var sum = Common(x, k.X) + Common(y, k.Y);
        return T.Max(T.Min(FixedMultiply.Scale(sum, k.Sum.Multiplier, k.Sum.Shift, Rounding), k.High), k.Low) + k.Sum.ZeroPoint;
    }

    /// <summary>An operand in the unit of both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Common<T>(T q, in AffineSumConstants<T>.Operand of)
        where T : struct, ILanes<T> =>
        FixedMultiply.Scale(T.ShiftLeft(q - of.ZeroPoint, MoreBits), of.Multiplier, of.Shift, Rounding);

    private static bool IsCode(int code) => code is >= sbyte.MinValue and <= sbyte.MaxValue;
}

/// <summary>The constants of a sum in every lane.</summary>
/// <typeparam name="T">The lanes.</typeparam>
internal struct AffineSumConstants<T>
    where T : struct, ILanes<T>
{
    /// <summary>What differs between the operands and their sum.</summary>
    internal struct Operand
    {
        /// <summary>Z.</summary>
        public T ZeroPoint;

        /// <summary>M0.</summary>
        public T Multiplier;

        /// <summary>Its shift.</summary>
        public T Shift;

        /// <summary>In every lane.</summary>
        public static Operand Of(int zeroPoint, QuantizedMultiplier scale) =>
            new() { ZeroPoint = T.Of(zeroPoint), Multiplier = T.Of(scale.Multiplier), Shift = T.Of(scale.Shift) };
    }

    /// <summary>The first operand.</summary>
    public Operand X;

    /// <summary>The second.</summary>
    public Operand Y;

    /// <summary>Their sum.</summary>
    public Operand Sum;

    /// <summary>The least code less Z3.</summary>
    public T Low;

    /// <summary>The greatest less Z3.</summary>
    public T High;
}
