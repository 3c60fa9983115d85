using Wage.Layers;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Own;

/// <summary>Errors up to epsilon = 2^-log2 count as none, as in support vector regression. Reported is the squared error, summed anyway.</summary>
public sealed class InsensitiveLoss(int log2) : Loss
{
    private readonly SquaredError squared = new();

    public override string Name => "insensitive";

    public override SignalSpec Build(BuildContext context, SignalSpec scores)
    {
        Backend = context.Backend;
        var error = squared.Build(context, scores);
        LossFractionBits = squared.LossFractionBits;
        return error;
    }

    public override Signal Error(Signal scores, Tensor labels, Tensor metrics)
    {
        var error = squared.Error(scores, labels, metrics);
        Backend!.Map(error.Values, new DeadZone(1 << (error.FractionBits - log2)), new StageTensors(error.Values));
        return error;
    }

    /// <summary>0 within +-t, else what is beyond: a stage of one's own, which every backend runs.</summary>
    public readonly record struct DeadZone(int Threshold) : IOutputStage
    {
        public int Exponent(long range) => 0;
        public int RandomBits(long range) => 0;
        public bool FitsInt32(long range) => true;
        public StageConstants<T> Prepare<T>(long range) where T : struct, ILanes<T> => new() { A = T.Of(Threshold) };
        public T Value<T>(T v, in StageConstants<T> k, in StageColumn<T> c) where T : struct, ILanes<T> =>
            T.Max(v, k.A) - k.A + T.Min(v, T.Of(0) - k.A) + k.A;
        public T Mask<T>(T v, in StageConstants<T> k) where T : struct, ILanes<T> => T.Of(0);
    }
}
