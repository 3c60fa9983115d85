using System.Globalization;
using Wage.Experiments.Commands;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Pictures;

/// <summary>
/// The confusion matrix: rows are the true classes, columns those given. Correct and wrong counts have a colour each, both scaled by themselves,
/// because the wrong ones of a good network would all be white beside the correct.
/// </summary>
internal static class ConfusionPicture
{
    private const int MostCounts = 20;

    /// <summary>From this strength on a cell is written on in the colour made for it.</summary>
    private const double Strong = 0.73;

    /// <summary>Classifies the run's test images and draws.</summary>
    public static Canvas Draw(RunRecord run, PlotRequest request) => Draw(
        $"{run.Recipe.Name}, seed {run.Recipe.Seed}", Confusion.Of(run, request.Device, request.Threads, request.Data), request.Frame);

    /// <summary>Draws the matrix.</summary>
    public static Canvas Draw(string title, Confusion confusion, Frame frame)
    {
        var count = confusion.Classes.Count;
        var isWritten = count <= MostCounts;
        var side = isWritten ? (frame.IsNarrow ? 60 : 92) : 8;
        var longest = isWritten ? confusion.Classes.Max(name => Markup.DigitsWidth(Short(name), 13)) : 26;
        var left = (frame.IsNarrow ? 12 : 48) + longest;
        var cell = frame.IsNarrow ? (Frame.NarrowWidth - left - side) / count : Math.Max(5, Math.Floor(Math.Min(52, 560.0 / count)));
        var (images, correct) = (Enumerable.Range(0, count).Sum(confusion.Images), Enumerable.Range(0, count).Sum(confusion.Correct));
        var accuracy = $"accuracy {Format.Percent((double)correct / images)} after {Format.Counted(confusion.Epochs, "epoch")}";
        var counts = $"{Format.Count(correct)} of {Format.Count(images)} test images correct, {Format.Count(images - correct)} wrong";
        var width = frame.Width(Math.Max(left + (cell * count) + side, 560));
        var canvas = new Canvas(width, $"Confusion matrix of {title}: {accuracy}, {counts}");
        var isUpright = isWritten && longest > cell - 4;
        string?[] notes = [accuracy, counts, frame.IsNarrow ? "rows: the true class; columns: the class given" : null];
        var top = frame.Heading(canvas, $"{title}: confusion matrix", [.. notes.OfType<string>().Select(note => (note, (string?)null))])
            + (frame.IsNarrow ? (isUpright ? longest + 20 : 32) : isUpright ? longest + 40 : 52);
        var matrix = new Matrix(confusion, left, top, cell, isWritten, isUpright);
        if (!frame.IsNarrow)
        {
            canvas.Text(left + (cell * count / 2), top - (isUpright ? longest + 20 : 28), "class given", "soft", Anchor.Middle, 12);
            var (axis, centre) = (20, top + (cell * count / 2));
            canvas.Text(axis, centre, "true class", "soft", Anchor.Middle, 12).SetAttributeValue("transform", Turned(axis, centre));
        }

        if (isWritten) canvas.Text(left + (cell * count) + 10, top - 10, "recall", "soft", size: frame.IsNarrow ? 11 : 12);
        canvas.Path(string.Concat(Pairs(count).Select(pair => matrix.Outline(pair.Truth, pair.Given))), "panel");
        var mostWrong = Math.Max(1, Pairs(count).Where(pair => pair.Truth != pair.Given).Max(pair => confusion.Counts[pair.Truth, pair.Given]));
        foreach (var (truth, given) in Pairs(count).Where(pair => confusion.Counts[pair.Truth, pair.Given] > 0))
            Cell(canvas, matrix, truth, given, mostWrong);
        for (var i = 0; i < count; i += isWritten ? 1 : count / 10) Names(canvas, matrix, i, frame);
        canvas.Height = top + (cell * count) + 20;
        return canvas;
    }

    /// <summary>The class of a text on a cell of this colour and strength: readable on either.</summary>
    public static string Ink(bool isCorrect, double strength) => strength < Strong ? "ink" : isCorrect ? "on1" : "on2";

    private static void Cell(Canvas canvas, Matrix matrix, int truth, int given, int mostWrong)
    {
        var (confusion, cell) = (matrix.Confusion, matrix.Cell);
        var (number, total) = (confusion.Counts[truth, given], confusion.Images(truth));
        var share = truth == given ? (double)number / total : (double)number / mostWrong;
        var (x, y) = (matrix.Left + (given * cell), matrix.Top + (truth * cell));
        canvas.Group($"{confusion.Classes[truth]} taken for {confusion.Classes[given]}: {Format.Count(number)} of {Format.Count(total)}", () =>
        {
            var strength = 0.12 + (0.78 * (truth == given ? share * share : share));
            canvas.Rectangle(
                x, y, cell - 1, cell - 1, truth == given ? "f1" : "f2",
                ("fill-opacity", strength.ToString("0.00", CultureInfo.InvariantCulture)),
                ("data-count", number.ToString(CultureInfo.InvariantCulture)));
            if (!matrix.IsWritten) return;
            var text = cell < 40 ? number.ToString(CultureInfo.InvariantCulture) : Format.Count(number);
            canvas.Text(
                x + ((cell - 1) / 2), y + (cell / 2) + 4, text, Ink(truth == given, strength), Anchor.Middle,
                Math.Min(13, Math.Round(cell / Math.Max(2.2, text.Length * 0.66), 1)));
        });
    }

    private static void Names(Canvas canvas, Matrix matrix, int i, Frame frame)
    {
        var (confusion, centre) = (matrix.Confusion, (i * matrix.Cell) + (matrix.Cell / 2));
        var name = matrix.IsWritten ? Short(confusion.Classes[i]) : confusion.Classes[i];
        var (x, y) = (matrix.Left + centre, matrix.Top + centre + 4);
        canvas.Text(matrix.Left - 8, y, name, "ink", Anchor.End);
        if (matrix.IsUpright) canvas.Text(x + 4, matrix.Top - 8, name, "ink").SetAttributeValue("transform", Turned(x + 4, matrix.Top - 8));
        else canvas.Text(x, matrix.Top - 10, name, "ink", Anchor.Middle);
        if (!matrix.IsWritten) return;
        var recall = confusion.Images(i) == 0 ? "-" : Format.Percent((double)confusion.Correct(i) / confusion.Images(i));
        canvas.Text(matrix.Left + (matrix.Cell * confusion.Classes.Count) + 10, y, recall, "soft", size: frame.IsNarrow ? 11 : 12);
    }

    private static string Short(string name) => Markup.Shorten(name, 12);

    private static string Turned(double x, double y) => $"rotate(-90 {Markup.Number(x)} {Markup.Number(y)})";

    private static IEnumerable<(int Truth, int Given)> Pairs(int count) =>
        from truth in Enumerable.Range(0, count) from given in Enumerable.Range(0, count) select (truth, given);

    /// <summary>Where the cells are, and whether they are large enough for numbers and level names.</summary>
    private sealed record Matrix(Confusion Confusion, double Left, double Top, double Cell, bool IsWritten, bool IsUpright)
    {
        /// <summary>A cell, as a part of a path.</summary>
        public string Outline(int truth, int given)
        {
            var side = Markup.Number(Cell - 1);
            return $"M{Markup.Number(Left + (given * Cell))} {Markup.Number(Top + (truth * Cell))}h{side}v{side}h-{side}z";
        }
    }
}
