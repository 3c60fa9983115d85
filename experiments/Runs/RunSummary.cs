using System.Text.Json;
using System.Text.Json.Nodes;

namespace Wage.Experiments.Runs;

/// <summary>How a run stands.</summary>
internal enum RunState
{
    /// <summary>A process works on it; in a file whose folder nobody holds: it was killed.</summary>
    Running,

    /// <summary>All epochs are done.</summary>
    Finished,

    /// <summary>Stopped by Ctrl-C, or killed; resumes.</summary>
    Interrupted,

    /// <summary>Stopped by an error.</summary>
    Failed,

    /// <summary>Its summary.json cannot be read.</summary>
    Unreadable,
}

/// <summary>summary.json: what a run is and what it reached. Errors are fractions.</summary>
internal sealed record RunSummary(
    string Recipe,
    ulong Seed,
    string Device,
    int Threads,
    string? Data,
    int Epochs,
    int EpochsDone,
    EpochRow? Best,
    EpochRow? Last,
    double? ImagesPerSecond,
    string WeightsSha256,
    RunState State)
{
    /// <summary>
    /// Of a finished run with validation images: the fraction of the test images that the best epoch's weights miss. Null otherwise.
    /// </summary>
    public double? TestError { get; init; }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The file's content.</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["recipe"] = Recipe,
            ["seed"] = Seed,
            ["device"] = Device,
            ["threads"] = Threads,
            ["data"] = Data,
            ["epochs"] = Epochs,
            ["epochsDone"] = EpochsDone,
            [$"best{Error}"] = Best?.ChooserError,
            ["bestEpoch"] = Best?.Epoch,
            [$"last{Error}"] = Last?.ChooserError,
            ["imagesPerSecond"] = ImagesPerSecond is { } speed && double.IsFinite(speed) ? Math.Round(speed, 1) : null,
            ["weightsSha256"] = WeightsSha256,
            ["state"] = State.ToString().ToLowerInvariant(),
        };
        Best?.Hybrid?.Write(json, "best");
        Last?.Hybrid?.Write(json, "last");
        if (TestError is { } known) json["testError"] = known;
        return json.ToJsonString(Indented) + "\n";
    }

    private string Error => Best is { OnValidation: true } ? "ValidationError" : "TestError";

    /// <summary>The device and the data folder of an earlier part of the run; nulls when the file is not there or damaged.</summary>
    public static (string? Device, string? Data) Choices(string path)
    {
        var root = SmallJson.Read(path);
        return (SmallJson.Text(root, "device"), SmallJson.Text(root, "data"));
    }
}
