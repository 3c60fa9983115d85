using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Experiments.Display;
using Wage.Numbers;
using Wage.Training;

namespace Wage.Experiments.Runs;

/// <summary>An epoch as reports show it: a line of metrics.jsonl.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Eta">The learning rate.</param>
/// <param name="Loss">On the training images, each batch before its update. SSE: summed over a batch, mean over batches; cross entropy:
/// per image.</param>
/// <param name="TrainError">Fraction of the training images answered wrong, each batch before its update.</param>
/// <param name="ChooserLoss">After the epoch, on the images that choose the best one: validation's where the run has such, else test's; in the
/// unit of Loss.</param>
/// <param name="ChooserError">Fraction of the same images answered wrong.</param>
/// <param name="ImagesPerSecond">Training images per second; null when the process that knew it was killed.</param>
/// <param name="Seconds">The epoch's time, test included; null likewise. An interrupted epoch counts from its resumption.</param>
/// <param name="OnValidation">True where ChooserLoss and ChooserError are of the validation images.</param>
internal sealed record EpochRow(
    int Epoch, Ratio Eta, double Loss, double TrainError, double ChooserLoss, double ChooserError, double? ImagesPerSecond, double? Seconds,
    bool OnValidation = false)
{
    /// <summary>Of a network whose steps quantize in part: what else there is to say; null of others.</summary>
    public HybridRow? Hybrid { get; init; }

    /// <summary>More than 30 years.</summary>
    private const double LongestSeconds = 1e9;

    /// <summary>The row of a finished epoch.</summary>
    public static EpochRow From(EpochResult result, string loss, int batch, double? imagesPerSecond, double? seconds) => new(
        result.Epoch, result.Eta, LossOf(result.Train, loss, batch), ErrorOf(result.Train), LossOf(result.Chooser, loss, batch),
        ErrorOf(result.Chooser), imagesPerSecond, seconds, result.Validation is not null)
    { Hybrid = result.Hybrid is { } hybrid ? HybridRow.Of(hybrid) : null };

    /// <summary>Wrong answers as a fraction.</summary>
    public static double ErrorOf(Score score) => score.Counted == 0 ? 0 : (double)score.Wrong / score.Counted;

    /// <summary>SSE: the mean of the batches' sums, as the published logs have it; cross entropy: the mean of the samples.</summary>
    public static double LossOf(Score score, string loss, int batch)
    {
        if (score.Counted == 0) return 0;
        var perSample = Math.ScaleB(score.LossSum, -score.LossFractionBits) / score.Counted;
        return loss == "sse" ? perSample * batch : perSample;
    }

    /// <summary>One line of JSON.</summary>
    public string ToJson()
    {
        var line = new JsonObject
        {
            ["epoch"] = Epoch,
            ["lr"] = (double)Eta.Numerator / Eta.Denominator,
            ["loss"] = Loss,
            ["trainError"] = TrainError,
            [$"{Chosen.Word(OnValidation)}Loss"] = ChooserLoss,
            [$"{Chosen.Word(OnValidation)}Error"] = ChooserError,
            ["imagesPerSecond"] = Rounded(ImagesPerSecond, 1),
            ["seconds"] = Rounded(Seconds, 3),
        };
        Hybrid?.Write(line);
        return line.ToJsonString();
    }

    /// <summary>Reads a line; null when it is damaged or says what no run can.</summary>
    /// <param name="line">The line.</param>
    /// <param name="rate">Tells the learning rate exactly.</param>
    public static EpochRow? Parse(string line, LearningRate rate)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (!root.TryGetProperty("epoch", out var number) || !number.TryGetInt32(out var epoch) || epoch < 1) return null;
            var onValidation = root.TryGetProperty("validationError", out _);
            var word = Chosen.Word(onValidation);
            return Number(root, "loss", double.MinValue) is { } loss && Number(root, $"{word}Loss", double.MinValue) is { } chooserLoss
                && Number(root, "trainError", 0, 1) is { } trainError && Number(root, $"{word}Error", 0, 1) is { } chooserError
                ? new EpochRow(epoch, rate.At(epoch - 1), loss, trainError, chooserLoss, chooserError, Number(root, "imagesPerSecond", 0),
                    Number(root, "seconds", 0, LongestSeconds), onValidation)
                { Hybrid = HybridRow.Read(root) }
                : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    internal static double? Number(JsonElement line, string name, double least, double most = double.MaxValue) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
            && number >= least && number <= most ? number : null;

    private static double? Rounded(double? value, int digits) =>
        value is { } known && double.IsFinite(known) ? Math.Round(known, digits) : null;
}
