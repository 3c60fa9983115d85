using Wage.Experiments;
using Wage.Experiments.Commands;
using Wage.Experiments.Ranks;
using Wage.Tests.Workers;

namespace Wage.Tests.Experiments.Ranks;

/// <summary>`wage train` on ranks that are threads of this process.</summary>
internal static class RankThreads
{
    /// <summary>So many train together, each what it is asked for; all end with 0.</summary>
    public static void Finish(int ranks, Func<int, TrainRequest> request) =>
        Assert.That(Ends(ranks, request), Is.All.EqualTo((0, string.Empty)));

    /// <summary>What the first rank says; the others end with 2 and say nothing.</summary>
    /// <param name="ranks">So many.</param>
    /// <param name="request">What each is asked for.</param>
    /// <param name="seeds">--seeds of each, or null.</param>
    public static string Refusal(int ranks, Func<int, TrainRequest> request, Func<int, string?>? seeds = null)
    {
        var ends = Ends(ranks, request, seeds);
        Assert.That(ends.Skip(1), Is.All.EqualTo((2, string.Empty)));
        return ends[0].Words;
    }

    /// <summary>The exit codes, where one of them had a signal before they found each other.</summary>
    public static IEnumerable<int> Interrupted(int ranks, int early, Func<int, TrainRequest> request) =>
        Ends(ranks, request, interrupted: early).Select(end => end.Code);

    private static (int Code, string Words)[] Ends(
        int ranks, Func<int, TrainRequest> request, Func<int, string?>? seeds = null, int? interrupted = null) =>
        ThreadTransport.Run(ranks, transport =>
    {
        try
        {
            var together = new RankGroup(transport) { Token = new CancellationToken(transport.Rank == interrupted) };
            return (together.Do(group => seeds?.Invoke(group.Rank) is { } many
                ? SweepCommand.Execute(request(group.Rank), many, [], TextWriter.Null, group)
                : TrainCommand.Execute(request(group.Rank), TextWriter.Null, null, group)), string.Empty);
        }
        catch (WageException error)
        {
            return (2, error.InWords());
        }
    });
}
