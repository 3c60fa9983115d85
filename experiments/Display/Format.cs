using System.Globalization;
using Wage.Experiments.Runs;
using Wage.Numbers;

namespace Wage.Experiments.Display;

/// <summary>Numbers as the console shows them, the same in every language.</summary>
internal static class Format
{
    /// <summary>0.0231 as "2.31 %".</summary>
    public static string Percent(double fraction) => string.Create(CultureInfo.InvariantCulture, $"{100 * fraction:0.00} %");

    /// <summary>Four places below 10, two from there on.</summary>
    public static string Loss(double loss) => loss.ToString(loss < 10 ? "0.0000" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>"5,321 images/s", or nothing when unknown.</summary>
    public static string Speed(double? imagesPerSecond) =>
        imagesPerSecond is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:#,0} images/s") : "- images/s";

    /// <summary>"00:41" or "1:02:03".</summary>
    public static string Time(double? seconds)
    {
        if (seconds is not { } known || known is not (>= 0 and <= 1e8)) return "--:--";
        var time = TimeSpan.FromSeconds(Math.Round(known));
        return time.TotalHours < 1
            ? time.ToString(@"mm\:ss", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}");
    }

    /// <summary>A learning rate: "8", "1/8"; of a long ratio four digits, "1.333".</summary>
    public static string Rate(Ratio rate) => rate.ToString() is { Length: <= 6 } text
        ? text : ((double)rate.Numerator / rate.Denominator).ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>"60,000".</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>"1 epoch", "60,000 images".</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The word for one, which has an s where there are more or none.</param>
    public static string Counted(long count, string one) => $"{Count(count)} {one}{(count == 1 ? string.Empty : "s")}";

    /// <summary>Where a run stands: "2 epochs and 1 step".</summary>
    public static string Position(int epochs, long steps) => $"{Counted(epochs, "epoch")} and {Counted(steps, "step")}";

    /// <summary>"epoch  3/12".</summary>
    public static string EpochOf(int epoch, int epochs)
    {
        var all = epochs.ToString(CultureInfo.InvariantCulture);
        return $"epoch {epoch.ToString(CultureInfo.InvariantCulture).PadLeft(all.Length)}/{all}";
    }

    /// <summary>An epoch in one line.</summary>
    public static string Row(EpochRow row, int epochs) =>
        $"{EpochOf(row.Epoch, epochs)}  lr {Rate(row.Eta)}  loss {Loss(row.Loss)}  " +
        $"train error {Percent(row.TrainError)}  {Chosen.Word(row.OnValidation)} error {Percent(row.ChooserError)}  " +
        $"{(row.Hybrid is { } hybrid ? $"({hybrid})  " : string.Empty)}{Speed(row.ImagesPerSecond)}  {Time(row.Seconds)}";
}
