using System.Globalization;
using Wage.Experiments.Commands;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The confusion matrix: rows are the true classes, columns those given. Hits and misses have a colour each, both scaled by themselves, because the
/// misses of a good network would all be white beside its hits.
/// </summary>
internal static class ConfusionPicture
{
    private const double Top = 108, Side = 92;
    private const int MostCounts = 20;

    /// <summary>Classifies the run's test images and draws.</summary>
    public static Canvas Draw(RunRecord run, PlotRequest request) =>
        Draw($"{run.Recipe.Name}, seed {run.Recipe.Seed}", Confusion.Of(run, request.Device, request.Threads, request.Data));

    /// <summary>Draws the matrix.</summary>
    public static Canvas Draw(string title, Confusion confusion)
    {
        var count = confusion.Classes.Count;
        var written = count <= MostCounts;
        var cell = Math.Max(5, Math.Floor(Math.Min(52, 560.0 / count)));
        var left = 44 + (written ? confusion.Classes.Max(name => Markup.Width(name, 13)) : 34);
        var (images, missed) = (Enumerable.Range(0, count).Sum(confusion.Images), Enumerable.Range(0, count).Sum(confusion.Missed));
        var subtitle = $"{Format.Count(missed)} of {Format.Count(images)} test images missed ({Format.Percent((double)missed / images)})"
            + $" after {confusion.Epochs} epochs";
        var canvas = new Canvas(Math.Max(left + (cell * count) + Side, 560), Top + (cell * count) + 44, $"Confusion matrix of {title}: {subtitle}");
        canvas.Text(20, 28, $"{title}: confusion matrix", size: 16, bold: true);
        canvas.Text(20, 48, subtitle, "soft");
        canvas.Text(left + (cell * count / 2), Top - 28, "class given", "soft", Anchor.Middle, 12);
        canvas.Text(20, Top + (cell * count / 2), "true class", "soft", Anchor.Middle, 12)
            .SetAttributeValue("transform", string.Create(CultureInfo.InvariantCulture, $"rotate(-90 20 {Top + (cell * count / 2):0.#})"));
        if (written) canvas.Text(left + (cell * count) + 14, Top - 10, "missed", "soft", size: 12);
        var mostMissed = Math.Max(1, Pairs(count).Where(pair => pair.Truth != pair.Given).Max(pair => confusion.Counts[pair.Truth, pair.Given]));
        foreach (var (truth, given) in Pairs(count)) Cell(canvas, confusion, truth, given, left, cell, mostMissed, written);

        var every = written ? 1 : count / 10;
        for (var i = 0; i < count; i += every) Names(canvas, confusion, i, left, cell, written);
        return canvas;
    }

    private static void Cell(Canvas canvas, Confusion confusion, int truth, int given, double left, double cell, int mostMissed, bool written)
    {
        var (number, total) = (confusion.Counts[truth, given], confusion.Images(truth));
        var share = truth == given ? (total == 0 ? 0 : (double)number / total) : (double)number / mostMissed;
        var (x, y) = (left + (given * cell), Top + (truth * cell));
        canvas.Group($"{confusion.Classes[truth]} taken for {confusion.Classes[given]}: {Format.Count(number)} of {Format.Count(total)}", () =>
        {
            canvas.Rectangle(x, y, cell - 1, cell - 1, "panel");
            if (number == 0) return;
            var strength = 0.12 + (0.78 * (truth == given ? share * share : share));
            canvas.Rectangle(x, y, cell - 1, cell - 1, truth == given ? "f1" : "f2",
                ("fill-opacity", strength.ToString("0.00", CultureInfo.InvariantCulture)),
                ("data-count", number.ToString(CultureInfo.InvariantCulture)));
            if (!written) return;
            var text = Format.Count(number);
            canvas.Text(x + ((cell - 1) / 2), y + (cell / 2) + 4, text, strength > 0.6 ? "page" : "ink", Anchor.Middle,
                Math.Min(13, cell / Math.Max(2.6, text.Length * 0.75)));
        });
    }

    private static void Names(Canvas canvas, Confusion confusion, int i, double left, double cell, bool written)
    {
        var (name, centre) = (confusion.Classes[i], (i * cell) + (cell / 2));
        canvas.Text(left - 8, Top + centre + 4, name, "ink", Anchor.End);
        canvas.Text(left + centre, Top - 10, written ? Markup.Shorten(name, Math.Max(2, (int)(cell / 6.6))) : name, "ink", Anchor.Middle,
            name.Length > 3 ? 11 : 13);
        if (!written) return;
        var share = confusion.Images(i) == 0 ? 0 : (double)confusion.Missed(i) / confusion.Images(i);
        canvas.Text(left + (cell * confusion.Classes.Count) + 14, Top + centre + 4, Format.Percent(share), "soft", size: 12);
    }

    private static IEnumerable<(int Truth, int Given)> Pairs(int count) =>
        from truth in Enumerable.Range(0, count) from given in Enumerable.Range(0, count) select (truth, given);
}
