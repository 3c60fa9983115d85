using Wage.Numbers;

namespace Wage.Quantization;

/// <summary>
/// What becomes of one accumulator of a product, or of one element of a tensor: written once, over lanes, and run by the reference's loops, the CPU
/// engine's vectors and the kernels of every device, fused into a product (<see cref="Backends.IBackend.Convolve{S}"/>) or alone
/// (<see cref="Backends.IBackend.Map{S}"/>). An unmanaged struct whose fields are its parameters; it does not throw and allocates nothing.
/// </summary>
public interface IOutputStage
{
    /// <summary>log2 of the output's unit over the input's: the bits that it drops.</summary>
    /// <param name="range">What <see cref="StageTensors.Range"/> holds, 0 without one.</param>
    int Exponent(long range);

    /// <summary>How many of an element's random bits <see cref="Value"/> reads, from 0 to 62.</summary>
    /// <param name="range">See <see cref="Exponent"/>.</param>
    int RandomBits(long range);

    /// <summary>True where lanes of 32 bits hold the whole computation for every accumulator of 32 bits.</summary>
    /// <param name="range">See <see cref="Exponent"/>.</param>
    bool FitsInt32(long range);

    /// <summary>What the loop reads, broadcast before it.</summary>
    /// <typeparam name="T">The lanes.</typeparam>
    /// <param name="range">See <see cref="Exponent"/>.</param>
    StageConstants<T> Prepare<T>(long range)
        where T : struct, ILanes<T>;

    /// <summary>What is stored of v; it must fit the output's type.</summary>
    /// <typeparam name="T">The lanes.</typeparam>
    /// <param name="v">The accumulators.</param>
    /// <param name="k">The constants.</param>
    /// <param name="c">What differs between columns and elements.</param>
    T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c)
        where T : struct, ILanes<T>;

    /// <summary>The byte that is kept of v for the way back, where <see cref="StageTensors.Mask"/> asks for it.</summary>
    /// <typeparam name="T">The lanes.</typeparam>
    /// <param name="v">The accumulators.</param>
    /// <param name="k">The constants.</param>
    T Mask<T>(T v, in StageConstants<T> k)
        where T : struct, ILanes<T>;
}

/// <summary>A stage's constants in every lane.</summary>
/// <typeparam name="T">The lanes.</typeparam>
public struct StageConstants<T>
    where T : struct, ILanes<T>
{
    /// <summary>How bits are dropped.</summary>
    public ShiftRounding<T> Rounding;

    /// <summary>The stage's own.</summary>
    public T A;

    /// <summary>The stage's own.</summary>
    public T B;

    /// <summary>The stage's own.</summary>
    public T C;

    /// <summary>What holds for every column that has nothing of its own.</summary>
    public StageColumn<T> Column;

    /// <summary>True only where every <see cref="StageColumn{T}.Shift"/> is known to be below 0; see <see cref="FixedMultiply.ScaleDown"/>.</summary>
    internal bool ScalesDown;
}

/// <summary>What differs from lane to lane.</summary>
/// <typeparam name="T">The lanes.</typeparam>
public struct StageColumn<T>
    where T : struct, ILanes<T>
{
    /// <summary>The element's random word; 0 where the stage reads none.</summary>
    public T Random;

    /// <summary>See <see cref="StageTensors.Multipliers"/>.</summary>
    public T Multiplier;

    /// <summary>See <see cref="StageTensors.Shifts"/>.</summary>
    public T Shift;
}
