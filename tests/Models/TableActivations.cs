using Wage.Backends;
using Wage.Layers;
using Wage.Models;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Tests.Models;

/// <summary>A quantizer of somebody's own that is a table: Q(x) = clip(x / 8), rounded toward zero.</summary>
internal sealed class TableActivations : IQuantizer
{
    private const int Least = -2048;

    public QuantizedRange Range { get; } = QuantizedRange.Of(8);

    public TensorQuantizer For(in TensorSite site, BuildContext context)
    {
        var table = context.Allocate(MemoryKind.Weights, ElementType.Int8, new Shape(-2 * Least));
        context.Backend.Upload<sbyte>([.. Enumerable.Range(Least, table.Length).Select(x => (sbyte)Math.Clamp(x / 8, -127, 127))], table);
        return new Quantizer(context.Backend, table);
    }

    private sealed class Quantizer(IBackend backend, Tensor table) : TensorQuantizer
    {
        public override void Apply(Tensor x, in StageTensors t, in StepContext s) => backend.Lookup(x, Least, table, t.Output);

        public override int Emit(PlanBuilder plan, string name, int input, in SignalSpec output) =>
            plan.Add(name, new LookupOperation(Least), output, [input], ($"{name}.table", table));
    }
}
