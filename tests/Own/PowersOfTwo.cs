using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Own;

/// <summary>Q_A to 0 and the powers of two: 0, +-1, +-2, ... +-2^(k-2), the nearest of each k-bit value, by a table.</summary>
public sealed class PowersOfTwo(int bits) : IQuantizer
{
    public QuantizedRange Range { get; } = QuantizedRange.Of(bits);

    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        var (limit, dropped) = (Range.Limit, site.FractionBits - Range.FractionBits);
        sbyte[] nearest = [.. Enumerable.Range(-limit, (2 * limit) + 1).Select(x => (sbyte)(Math.Sign(x) * Nearest(Math.Abs(x))))];
        var table = context.Constant<sbyte>(MemoryKind.Activations, nearest);
        return new Quantizer(context, table, new ShiftStage(dropped, limit, Rounding.HalfEven), (long)limit << dropped);
    }

    private int Nearest(int x) => x == 0 ? 0 : Math.Min(1 << FixedPoint.RoundedLog2(x), 1 << (bits - 2));

    private sealed class Quantizer(BuildContext context, Tensor table, ShiftStage stage, long clip) : TensorQuantizer
    {
        public override void Apply(Tensor x, in StageTensors t, in StepContext s)
        {
            context.Backend.Map(x, stage, t);
            context.Backend.Lookup(t.Output, -stage.Limit, table, t.Output);
        }

        public override void Backward(Tensor x, Tensor delta) => context.Backend.ClipError(x, clip, delta);

        public override int Emit(PlanBuilder plan, string name, int input, in SignalSpec output)
        {
            var rounded = plan.Add($"{name}.rounded", new StageOperation(FusedStage.Of(stage)), output, [input]);
            return plan.Add(name, new LookupOperation(-stage.Limit), output, [rounded], ($"{name}.table", table));
        }
    }
}
