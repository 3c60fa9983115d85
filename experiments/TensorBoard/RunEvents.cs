using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Experiments.Statistics;

namespace Wage.Experiments.TensorBoard;

/// <summary>What a run has to tell TensorBoard. The step of everything is the number of training steps done.</summary>
internal static class RunEvents
{
    /// <summary>An epoch's figures. Errors are fractions.</summary>
    public static byte[] Of(EpochRow row, long stepsPerEpoch, double time)
    {
        var word = Chosen.Word(row.OnValidation);
        List<(string, double)> values =
        [
            ("error/train", row.TrainError), ($"error/{word}", row.ChooserError), ("loss/train", row.Loss), ($"loss/{word}", row.ChooserLoss),
            ("lr", (double)row.Eta.Numerator / row.Eta.Denominator),
        ];
        if (row.ImagesPerSecond is { } speed) values.Add(("images_per_second", Math.Round(speed, 1)));
        return EventRecord.Scalars(time, row.Epoch * stepsPerEpoch, values);
    }

    /// <summary>An observed tensor: its histogram, and the rates that say how its quantizer does.</summary>
    public static IEnumerable<byte[]> Of(ObservedTensor tensor, double time)
    {
        var stage = tensor.After ? "after" : "before";
        yield return EventRecord.Histogram(time, $"{tensor.Layer}/{tensor.Tensor}/{stage}", tensor);
        List<(string, double)> rates = [($"zero_rate_{stage}/{tensor.Layer}/{tensor.Tensor}", tensor.ZeroRate)];
        if (tensor is { After: true, Saturated: { } saturated }) rates.Add(($"saturation/{tensor.Layer}/{tensor.Tensor}", tensor.Rate(saturated)));
        if (tensor is { After: false, Moved: { } moved }) rates.Add(($"update_rate/{tensor.Layer}", tensor.Rate(moved)));
        if (tensor.Shift is { } shift) rates.Add(($"shift/{tensor.Layer}/{tensor.Tensor}", shift));
        var name = $"{tensor.Layer}/{tensor.Tensor}";
        if (tensor.Codes is { } codes)
        {
            rates.AddRange(
            [
                ($"range_least/{name}", codes.Least), ($"range_greatest/{name}", codes.Greatest), ($"scale/{name}", codes.Scale.Greatest),
                ($"zero_point/{name}", codes.ZeroPoint.Least), ($"codes_used/{name}", (double)codes.Used / codes.Codes),
                ($"underflow/{name}", tensor.Rate(codes.Underflowed)),
            ]);
            if (codes.Folded is { } folded) rates.AddRange([($"folded_least/{name}", folded.Least), ($"folded_greatest/{name}", folded.Greatest)]);
        }

        if (tensor.Channels is { } channels) rates.Add(($"dead_channels_{stage}/{name}", (double)channels.Dead / channels.Count));
        yield return EventRecord.Scalars(time, tensor.Step, rates);
    }
}
