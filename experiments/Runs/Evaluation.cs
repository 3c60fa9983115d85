using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Ranks;
using Wage.Models;
using Wage.Training;
using Wage.Workers;

namespace Wage.Experiments.Runs;

/// <summary>A run, or several that answer together, scored on a set of images.</summary>
/// <param name="Runs">One; those of an ensemble are several.</param>
/// <param name="Data">The images.</param>
/// <param name="Split">Which part of the data set they are.</param>
/// <param name="Scores">The counts.</param>
internal sealed record Evaluation(IReadOnlyList<SavedModel> Runs, EvaluatedData Data, string Split, ClassScores Scores)
{
    private const int Best = 5;

    /// <summary>The loss; null of an ensemble.</summary>
    public double? Loss { get; private init; }

    /// <summary>The weights' hash; null of an ensemble.</summary>
    public string? WeightsSha256 { get; private init; }

    /// <summary>Of a network whose steps quantize weights in part: its errors as they compute; null of others.</summary>
    public HybridRow? Hybrid { get; private init; }

    /// <summary>Scores of each image and class in units of 2^-FractionBits; null of an ensemble.</summary>
    public (Int128[] Values, int FractionBits)? Raw { get; private init; }

    /// <summary>Scores a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="data">The images.</param>
    /// <param name="split">Which part of the data set they are.</param>
    /// <param name="device">See <see cref="Devices.ForTesting"/>.</param>
    /// <param name="threads">See <see cref="Devices.Create"/>.</param>
    /// <param name="ranks">Who takes a part of the images each, and gets the answers to all; null: this process alone.</param>
    /// <exception cref="WageException">Model and data do not fit, or the device is none.</exception>
    public static Evaluation Of(SavedModel run, EvaluatedData data, string split, string device, int threads, RankGroup? ranks = null)
    {
        ranks ??= RankGroup.Alone;
        using var backend = ranks.Agreed(() => Devices.Create(Devices.ForTesting(device, run.Recipe), threads));
        if (run is SavedRun saved) return Of(saved, data, split, backend, ranks);
        using var predictor = ranks.Agreed(() => run.ToPredictor(backend));
        return Of(run, data, split, RawOf(predictor, data.Images, ranks));
    }

    /// <summary>SHA-256 of images and models, so that ranks can compare theirs.</summary>
    public static string HashOf(IEnumerable<(SavedModel Run, ImageSet Images)> all) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', all.Select(one =>
            $"{DataHashes.Of(one.Images)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(one.Run.Path)))}")))));

    private static Evaluation Of(SavedModel run, EvaluatedData data, string split, (Int128[] Values, int FractionBits) raw) =>
        new([run], data, split, Count(Names(run, raw.Values.Length / data.Images.Count), data.Images, raw.Values, run)) { Raw = raw };

    private static Evaluation Of(SavedRun run, EvaluatedData data, string split, IBackend backend, RankGroup ranks)
    {
        using var network = ranks.Agreed(() =>
        {
            var made = RunBuilder.BuildNetwork(run.Recipe, backend, run.Shape);
            run.Checkpoint.LoadWeights(made);
            return made;
        });
        using var evaluator = new Evaluator(network, data.Images, ranks.Workers(backend));
        var score = evaluator.Run();
        var hybrid = HybridOf(run, data, network, evaluator, score);
        var names = Names(run, network.Classes);
        using var predictor = network is Network integers
            ? new Predictor(integers.ToPlan(), run.Shape.Description, backend) : new Predictor(network, run.Shape.Description);
        var raw = RawOf(predictor, data.Images, ranks);
        return new Evaluation([run], data, split, Count(names, data.Images, raw.Values, run))
        {
            Loss = EpochRow.LossOf(score, run.Recipe.LossName, run.Recipe.Batch),
            WeightsSha256 = network.WeightsSha256(),
            Raw = raw,
            Hybrid = hybrid,
        };
    }

    private static HybridRow? HybridOf(SavedRun run, EvaluatedData data, ITrainable network, Evaluator evaluator, Score score)
    {
        if (network.Hybrid is null) return null;
        var (at, epochs) = (run.Checkpoint, run.Recipe.StageEpochs);
        var stage = 1 + ((at.StepInEpoch > 0 ? at.Epoch : Math.Max(0, at.Epoch - 1)) / epochs);
        using var training = network.Hybrid.AveragedBatches > 0 && data.Training is { } images ? network.Take(images) : null;
        return evaluator.HybridResult(score, stage, training, run.Recipe.Seed) is { } result ? HybridRow.Of(result) : null;
    }

    /// <summary>Models that answer together: their scores, in one unit, are added.</summary>
    /// <exception cref="WageException">One has no scores, or their classes differ.</exception>
    public static Evaluation Together(IReadOnlyList<Evaluation> members)
    {
        var first = members[0];
        foreach (var member in members)
        {
            if (!member.Scores.Confusion.Classes.SequenceEqual(first.Scores.Confusion.Classes))
                throw new WageException($"--ensemble: {member.Runs[0].Path} has other classes than {first.Runs[0].Path}.", "score them without it.");
            var (images, others) = (member.Data.Images, first.Data.Images);
            if (!images.Labels.AsSpan().SequenceEqual(others.Labels) || !images.Pixels.AsSpan().SequenceEqual(others.Pixels))
                throw new WageException($"--ensemble: {member.Runs[0].Path} takes other images than {first.Runs[0].Path}.", "score them without it.");
        }

        var unit = members.Max(member => member.Raw!.Value.FractionBits);
        var sums = new Int128[first.Raw!.Value.Values.Length];
        foreach (var (values, fractionBits) in members.Select(member => member.Raw!.Value))
            for (var i = 0; i < sums.Length; i++) sums[i] = checked(sums[i] + (values[i] << (unit - fractionBits)));
        return new Evaluation(
            [.. members.Select(member => member.Runs[0])], first.Data, first.Split,
            Count(first.Scores.Confusion.Classes, first.Data.Images, sums, first.Runs[0]));
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (Runs.Count == 1)
        {
            var run = Runs[0];
            (json["checkpoint"], json["recipe"], json["seed"], json["epoch"]) = (run.Path, run.Recipe.Name, run.Recipe.Seed, run.Epoch);
        }
        else
        {
            json["checkpoints"] = new JsonArray([.. Runs.Select(run => JsonValue.Create(run.Path))]);
        }

        (json["data"], json["split"]) = (Data.Name, Split);
        if (Loss is { } loss && double.IsFinite(loss)) json["loss"] = loss;
        Hybrid?.Write(json);
        if (WeightsSha256 is not null) json["weightsSha256"] = WeightsSha256;
        foreach (var (name, value) in Scores.ToJson().ToList()) json[name] = value?.DeepClone();
        return json;
    }

    private static ClassScores Count(IReadOnlyList<string> names, ImageSet images, Int128[] scores, SavedModel run)
    {
        var (classes, given) = (names.Count, new int[images.Count]);
        for (var i = 0; i < given.Length; i++)
        {
            for (var c = 1; c < classes; c++)
                if (scores[(i * classes) + c] > scores[(i * classes) + given[i]]) given[i] = c;
        }

        return new ClassScores(
            Confusion.Count(names, images.Labels, given, run.Epoch),
            classes > Best ? ClassScores.CountTop(scores, images.Labels, Best) : null);
    }

    /// <summary>All images' scores; each rank computes those of its part of them.</summary>
    private static (Int128[] Values, int FractionBits) RawOf(Predictor predictor, ImageSet images, RankGroup ranks)
    {
        var (part, pixels) = (new BatchSlice(images.Count, ranks.Rank, ranks.Size), images.Pixels.Length / images.Count);
        Prediction[] answers = part.Count == 0 ? [] : predictor.Predict(images.Pixels.AsSpan(part.First * pixels, part.Count * pixels), part.Count);
        var parts = ranks.Gather(MemoryMarshal.AsBytes<long>(answers.SelectMany(answer => answer.Scores).ToArray()));
        var unit = ranks.Gather(answers.Length == 0 ? string.Empty : answers[0].FractionBits.ToString(CultureInfo.InvariantCulture));
        return (
            [.. parts.SelectMany(bytes => MemoryMarshal.Cast<byte, long>(bytes).ToArray()).Select(score => (Int128)score)],
            int.Parse(unit.First(text => text.Length > 0), CultureInfo.InvariantCulture));
    }

    private static string[] Names(SavedModel run, int scores) =>
        [.. run.Shape.Description.ClassNames, .. ClassNames.Numbers(scores).Skip(run.Shape.Classes)];
}
