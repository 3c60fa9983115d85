using Wage.Backends;
using Wage.Models;
using Wage.Training;

namespace Wage.Tests.Samples;

public static class Prediction
{
    public static int[] Classes(Network network, string checkpoint, ReadOnlySpan<byte> pixels, int count)
    {
        Checkpoint.Read(checkpoint).LoadWeights(network);
        using var backend = new HostBackend();
        using var model = new IntegerModel(network.ToPlan(), backend);
        return model.Predict(pixels, count);
    }
}
