using System.Globalization;
using Wage.Data;
using Wage.Experiments.Recipes;

namespace Wage.Experiments.Runs;

/// <summary>The images that a trained model is scored on: its own, or another data set, brought to its size and its classes.</summary>
/// <param name="Name">The data set.</param>
/// <param name="Images">The images; their labels are the model's classes.</param>
/// <param name="Notice">What is to be known of the classes; null: they are the model's.</param>
internal sealed record EvaluatedData(string Name, ImageSet Images, string? Notice)
{
    /// <summary>The run's own training images; null of another data set.</summary>
    public ImageSet? Training { get; private init; }

    /// <summary>The parts of a data set.</summary>
    public static IReadOnlyList<string> Splits { get; } = ["test", "validation", "train", "all"];

    private static readonly string[] OfTheModel = ["data.input", "data.augment"];

    /// <summary>Reads them.</summary>
    /// <param name="run">The run.</param>
    /// <param name="dataFolder">--data.</param>
    /// <param name="settings">--set.</param>
    /// <param name="split">One of <see cref="Splits"/>.</param>
    /// <exception cref="WageException">A key is none of data, a file is damaged, or the classes are not the model's.</exception>
    public static EvaluatedData Load(SavedModel run, string? dataFolder, IReadOnlyList<string> settings, string split)
    {
        GivenValue[] given = [.. settings.Select(GivenValue.FromSetting)];
        if (given.FirstOrDefault(one => !IsOfData(one.Key)) is { Key: { } key })
            throw new WageException(
                $"--set: {OneLine.Quote(key)} belongs to the trained model; a test takes keys of its data.", "data.set names another set.");
        var recipe = run.Recipe.With([.. Preparation(run, given), .. given]);
        var isOwn = recipe.HasOwnData && run.Recipe.HasOwnData && recipe.DataSet == run.Recipe.DataSet;
        var earlier = isOwn || !(recipe.HasOwnData || run.Recipe.HasOwnData) ? RunSummary.Choices(new RunFolder(run.Folder).SummaryPath).Data : null;
        var data = DataPlace.Load(recipe, DataPlace.Of(recipe, dataFolder, earlier));
        var shape = run.Shape.Image;
        if ((data.Test.Height, data.Test.Width, data.Test.Channels) != shape)
            throw new WageException(
                $"{data.Name}: has images of {data.Test.Height}x{data.Test.Width}x{data.Test.Channels}, but the model takes "
                + $"{shape.Height}x{shape.Width}x{shape.Channels}.", "leave data.size and data.color away.");
        var (labels, notice) = LabelsOf(data, run.Shape.Description.ClassNames);
        var images = Part(data, split);
        var isOther = given.Length > 0 || (recipe.HasOwnData && dataFolder is not null);
        if (!isOther && RunEnvironment.Change(new RunFolder(run.Folder).EnvironmentPath, data) is { } change) notice ??= change;
        return new EvaluatedData(
            data.Name, new ImageSet(images.Pixels, [.. images.Labels.Select(label => labels[label])], images.Height, images.Width, images.Channels),
            notice)
        { Training = isOther ? null : data.Train };
    }

    /// <summary>
    /// Another data set becomes as the model's images are, unless a key says otherwise; how many of the run's own were taken is not its.
    /// </summary>
    private static IEnumerable<GivenValue> Preparation(SavedModel run, GivenValue[] given)
    {
        var isOther = given.LastOrDefault(one => one.Key == "data.set") is { Value: { } set } && set != run.Recipe.DataSet;
        if (!isOther && !run.Recipe.HasOwnData) return [];
        var p = run.Shape.Description.Preparation;
        List<(string Key, string Value)> values =
        [
            ("data.size", string.Create(CultureInfo.InvariantCulture, $"{p.Height}x{p.Width}")),
            ("data.fit", p.Fit.ToString().ToLowerInvariant()),
        ];
        if (p.Channels is 1 or 3) values.Add(("data.color", p.Channels == 1 ? "gray" : "rgb"));
        if (isOther) values.AddRange([("data.train", "0"), ("data.test", "0"), ("data.validation", "0")]);
        return values.Select(value => new GivenValue(value.Key, value.Value, "eval"));
    }

    /// <summary>The model's class of each label: by name; by number where one side's names are numbers.</summary>
    private static (byte[] Labels, string? Notice) LabelsOf(Dataset data, IReadOnlyList<string> known)
    {
        var names = data.ClassNames;
        byte[] same = [.. Enumerable.Range(0, names.Count).Select(label => (byte)label)];
        if (names.SequenceEqual(known)) return (same, null);
        if (names.All(known.Contains))
            return ([.. names.Select(name => (byte)known.ToList().IndexOf(name))], "classes are matched by name");
        var stranger = names.First(name => !known.Contains(name));
        if (names.Count > known.Count || !(IsNumbers(names) || IsNumbers(known)))
            throw new WageException(
                $"{data.Name}: has the class '{OneLine.Quote(stranger)}', which the run does not know.",
                $"it knows {OneLine.Cut(string.Join(", ", known), 200)}.");
        return (same, $"classes are matched by number: '{OneLine.Of(stranger)}' is none of the run's names");
    }

    private static bool IsOfData(string key) =>
        key.StartsWith("data.", StringComparison.Ordinal) && !OfTheModel.Any(own => key.StartsWith(own, StringComparison.Ordinal));

    private static bool IsNumbers(IReadOnlyList<string> names) => names.SequenceEqual(ClassNames.Numbers(names.Count));

    private static ImageSet Part(Dataset data, string split) => split switch
    {
        "test" => data.Test,
        "train" => data.Train,
        "validation" => data.Validation
            ?? throw new WageException(
                $"--split: {data.Name} has no validation images.", "--set data.validation=10% takes some of the training images."),
        "all" => Joined([data.Train, .. data.Validation is { } some ? [some] : Array.Empty<ImageSet>(), data.Test]),
        _ => throw new WageException($"--split: is '{OneLine.Quote(split)}', but must be one of {string.Join(", ", Splits)}."),
    };

    private static ImageSet Joined(ImageSet[] parts) => new(
        [.. parts.SelectMany(part => part.Pixels)], [.. parts.SelectMany(part => part.Labels)], parts[0].Height, parts[0].Width, parts[0].Channels);
}
