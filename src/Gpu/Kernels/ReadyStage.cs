using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Gpu.Kernels;

/// <summary>A stage with the constants that it makes of its range, once for each thread.</summary>
internal struct ReadyStage<S>
    where S : unmanaged, IOutputStage
{
    /// <summary>The stage.</summary>
    public S Stage;

    /// <summary>See <see cref="IOutputStage.Prepare{T}"/>.</summary>
    public StageConstants<Lane64> Constants;

    /// <summary>See <see cref="IOutputStage.RandomBits"/>.</summary>
    public int Bits;

    /// <summary>See <see cref="IOutputStage.Exponent"/>.</summary>
    public int Exponent;

    /// <summary>See <see cref="StageMeasure.Most"/>.</summary>
    public long Most;

    /// <summary>By this range; <paramref name="limit"/> is <see cref="StageTensors.StatisticLimit"/>.</summary>
    public static ReadyStage<S> Of(S stage, long range, int limit)
    {
        var exponent = stage.Exponent(range);
        return new ReadyStage<S>
        {
            Stage = stage,
            Constants = stage.Prepare<Lane64>(range),
            Bits = stage.RandomBits(range),
            Exponent = exponent,
            Most = StageMeasure.Most(limit, exponent),
        };
    }
}
