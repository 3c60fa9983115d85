using System.Collections.Frozen;
using Wage.Backends;
using Wage.Losses;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Simulation;
using Wage.Simulation.Ranges;
using Wage.Tensors;
using Wage.Tests.Simulation.Layers;
using Wage.Training;

namespace Wage.Tests.Simulation.Ranges;

/// <summary>Tensors and small networks with estimated ranges.</summary>
internal static class RangeRuns
{
    public static readonly Ratio Momentum = new(9, 10);

    /// <summary>Every network of the float32 domain, together with every estimator and option.</summary>
    public static readonly IReadOnlyDictionary<string, string> Networks = new Dictionary<string, string>
    {
        ["convolutions"] = "ranges.A=current ranges.E=current kW=4",
        ["groups"] = "ranges.A=running ranges.E=running ranges.momentum=1/2",
        ["depthwise"] = "ranges.A=in-hindsight ranges.E=in-hindsight kA=5 kE=4",
        ["pools"] = "ranges.A=fixed ranges.E=fixed ranges.fixedA=2 optimizer=adam",
        ["overlaps"] = "ranges.A=dsgc ranges.E=dsgc ranges.every=2 ranges.scaleRate=true",
        ["batch norm"] = "ranges.W=none ranges.E=fixed ranges.fixedE=1/8 kE=3",
        ["residual"] = "ranges.A=none ranges.E=in-hindsight momentum=9/10",
        ["concatenation"] = "ranges.A=running ranges.E=none",
    };

    public static StepContext At(uint step, ulong seed = 1) => new(Phase.Training, seed, step, new Ratio(1, 10));

    public static FloatBuilder Builder(IBackend? backend = null) =>
        new(new PlainFloats(), backend ?? new ReferenceBackend(), FloatOptimizer.Sgd(), FrozenSet<string>.Empty);

    public static RangedTensor Tensor(int length, IRangeEstimator estimator, IBackend? backend = null, int bits = 8) =>
        new(Builder(backend), "conv1", "conv1.errorRange", length, bits, estimator);

    /// <summary>Values with a bell of this reach, from the counter-based generator.</summary>
    public static FloatTensor Values(int count, double reach, uint stream = 0)
    {
        var x = new FloatTensor(new Shape(count));
        for (var i = 0; i < count; i++)
        {
            var sum = 0.0;
            for (var j = 0; j < 4; j++) sum += (int)RandomBits.UInt32(new RandomKey(9, stream, (uint)j), (ulong)i) / 2147483648.0;
            x.Span[i] = (float)(reach * sum / 4);
        }

        return x;
    }

    public static FloatNetwork Network(IBackend backend, string name, string? options = null, string scheme = "uniform")
    {
        var given = (options ?? Networks[name]).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(option => option.Split('='));
        var settings = SchemeRegistry.Require(scheme).Settings(given.Select(option => (option[0], option[1])));
        var spec = new ModelSpec(FloatLayerRuns.Networks[name]) { Image = (8, 8, 3) };
        return (FloatNetwork)spec.Build(settings, new SoftmaxCrossEntropy(), FloatLayerRuns.Batch, backend);
    }

    public static Trainer Start(IBackend backend, string name, string? options = null, string scheme = "uniform")
    {
        var network = Network(backend, name, options, scheme);
        network.Initialize(1);
        return Simulation.Quantization.AffineRuns.Trainer(network);
    }

    public static float[] Floats(Trainer trainer, string state)
    {
        float[] values = [];
        trainer.Network.StoredStates.Single(one => one.Name == state)
            .Lend(bytes => values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());
        return values;
    }

    public static List<string> States(Trainer trainer)
    {
        List<string> states = [];
        foreach (var state in trainer.Network.StoredStates) state.Lend(bytes => states.Add($"{state.Name} {Convert.ToHexString(bytes)}"));
        return states;
    }
}
