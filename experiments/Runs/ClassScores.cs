using System.Text.Json.Nodes;

namespace Wage.Experiments.Runs;

/// <summary>
/// Scores of a classifier in scikit-learn's words, from the counts of a confusion matrix. What would be divided by 0 is 0, as there.
/// </summary>
/// <param name="Confusion">The counts: [true class, class given].</param>
/// <param name="InTop5">Images whose class is among the five of the greatest scores; null: there are five classes or fewer, or no scores.</param>
internal sealed record ClassScores(Confusion Confusion, int? InTop5)
{
    /// <summary>Classes that are reported: the data's, and what the model gave else.</summary>
    public IReadOnlyList<int> Reported { get; } =
        [.. Enumerable.Range(0, Confusion.Classes.Count).Where(c => Confusion.Images(c) > 0 || Confusion.Given(c) > 0)];

    public int Images { get; } = Enumerable.Range(0, Confusion.Classes.Count).Sum(Confusion.Images);

    public int Wrong => Images - Enumerable.Range(0, Confusion.Classes.Count).Sum(Confusion.Correct);

    public double Accuracy => Ratio(Images - Wrong, Images);

    public double Error => Ratio(Wrong, Images);

    public double? Top5 => InTop5 is { } known ? Ratio(known, Images) : null;

    /// <summary>Of the images that were given this class, those that are of it.</summary>
    public double Precision(int c) => Ratio(Confusion.Correct(c), Confusion.Given(c));

    /// <summary>Of the images of this class, those that were given it.</summary>
    public double Recall(int c) => Ratio(Confusion.Correct(c), Confusion.Images(c));

    /// <summary>The harmonic mean of both: 2 right / (images of it + images given it).</summary>
    public double F1(int c) => Ratio(2 * Confusion.Correct(c), Confusion.Images(c) + Confusion.Given(c));

    /// <summary>The mean over the reported classes, each with the same weight.</summary>
    public double Macro(Func<int, double> score) => Reported.Count == 0 ? 0 : Reported.Average(score);

    /// <summary>How often a label's score is among the k greatest; of equal scores the first class is the greater.</summary>
    public static int CountTop(ReadOnlySpan<Int128> scores, ReadOnlySpan<byte> labels, int k)
    {
        var (classes, count) = (scores.Length / labels.Length, 0);
        for (var i = 0; i < labels.Length; i++)
        {
            var row = scores.Slice(i * classes, classes);
            var before = 0;
            for (var c = 0; c < classes; c++)
                if (row[c] > row[labels[i]] || (row[c] == row[labels[i]] && c < labels[i])) before++;
            if (before < k) count++;
        }

        return count;
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["images"] = Images, ["accuracy"] = Accuracy, ["error"] = Error };
        if (Top5 is { } top) json["top5Accuracy"] = top;
        json["classes"] = new JsonArray([.. Reported.Select(c => new JsonObject
        {
            ["class"] = c, ["name"] = Confusion.Classes[c], ["precision"] = Precision(c), ["recall"] = Recall(c), ["f1"] = F1(c),
            ["support"] = Confusion.Images(c),
        })]);
        json["macroAverage"] = new JsonObject { ["precision"] = Macro(Precision), ["recall"] = Macro(Recall), ["f1"] = Macro(F1) };
        json["confusion"] = new JsonArray([.. Enumerable.Range(0, Confusion.Classes.Count).Select(truth => new JsonArray(
            [.. Enumerable.Range(0, Confusion.Classes.Count).Select(given => JsonValue.Create(Confusion.Counts[truth, given]))]))]);
        return json;
    }

    private static double Ratio(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
