using System.Globalization;
using Wage.Experiments.Commands;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Recipes;
using static Wage.Experiments.Traffic.WorkerForecasts;

namespace Wage.Experiments.Traffic;

/// <summary>wage traffic under mpirun: what a step of these ranks takes, and what it was predicted to take.</summary>
internal static class RankSteps
{
    /// <summary>Measures; the exit code.</summary>
    /// <param name="request">What.</param>
    /// <param name="ranks">All of them come here.</param>
    /// <param name="link">The rate for the prediction; null: none is made.</param>
    /// <param name="token">Not looked at: one rank alone cannot end.</param>
    /// <exception cref="WageException">It is no recipe, or no rate.</exception>
    public static int Execute(TrafficRequest request, RankGroup ranks, string? link, CancellationToken token)
    {
        var (recipe, speed) = ranks.Agreed(() =>
        {
            var read = RecipeCatalog.Load(request.Target ?? RecipeCatalog.Default, [.. request.Settings.Select(GivenValue.FromSetting)]);
            _ = ranks.Slice(read.Batch);
            return (read, link is null ? 0 : BytesPerSecond(link));
        });
        var (threads, device, transport) = (ranks.Threads(request.Threads), ranks.Device(request.Device), ranks.Transport!);
        var own = WorkerSteps.Of(recipe, device, threads, transport, request.Seconds, token);
        var messages = LinkMeasurement.Of(transport);
        List<string> cells =
        [
            Text(ranks.Rank), Text(threads), Text(own.Images), Format.Count(own.Bytes), own.Formula is { } bytes ? Format.Count(bytes) : "-",
            Text(own.Messages), Milliseconds(own.Seconds), Milliseconds(own.Seconds - own.Waiting), Milliseconds(own.Waiting),
        ];
        List<string> titles = ["rank", "threads", "images", "bytes sent", "by formula", "messages", "step ms", "computing", "waiting"];
        if (link is not null)
        {
            ranks.Gather([]);                                   // all at once, as in a step
            var alone = WorkerSteps.Alone(recipe, device, threads, ranks.Size, request.Seconds, token);
            titles.AddRange(["alone", "predicted"]);
            cells.AddRange([Milliseconds(alone.Seconds), Milliseconds(new WorkerForecast(alone, threads, messages).Step(speed))]);
        }

        var table = new TextTable([.. titles]).RightAlign([.. Enumerable.Range(0, titles.Count)]);
        foreach (var row in ranks.Gather(string.Join('\t', cells))) table.Add(row.Split('\t'));
        ranks.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{recipe.Name}, batch {recipe.Batch}: measured by {Format.Counted(ranks.Size, "rank")}"));
        ranks.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"a message takes {1e6 * messages.Latency:0} \u03BCs, sending and receiving a byte {1e9 * messages.Carrying:0.0} ns of computing"));
        ranks.Output.WriteLine();
        table.Write(ranks.Output);
        var sent = Bytes(ranks, own);
        ranks.Output.WriteLine(sent);
        if (link is not null) ranks.Output.WriteLine($"alone: the same steps without messages; predicted: of these, for a link of {link}");
        return 0;
    }

    /// <summary>Whether the steps of all ranks, who come here together, sent what the formula says.</summary>
    internal static string Bytes(RankGroup ranks, WorkerSteps own)
    {
        var differences = ranks.Gather(own.Difference ?? string.Empty);
        var rank = Array.FindIndex(differences, text => text.Length > 0);
        return rank >= 0 ? $"rank {rank}: {differences[rank]}" : own.Formula is null
            ? "float32 has no formula for the bytes of a step" : "every step of every rank sent the bytes of the formula, exactly";
    }
}
