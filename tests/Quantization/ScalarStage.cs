using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Tests.Quantization;

/// <summary>A stage of one number.</summary>
public static class ScalarStage
{
    public static long Value<S>(this S stage, long v, long range = 0, long random = 0)
        where S : unmanaged, IOutputStage
    {
        var k = stage.Prepare<Lane64>(range);
        return stage.Value(new Lane64(v), k, k.Column with { Random = new Lane64(random) }).Value;
    }

    public static long Mask<S>(this S stage, long v)
        where S : unmanaged, IOutputStage => stage.Mask(new Lane64(v), stage.Prepare<Lane64>(0)).Value;
}
