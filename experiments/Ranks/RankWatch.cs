using System.Globalization;

namespace Wage.Experiments.Ranks;

/// <summary>
/// Looks whether the ranks of this machine live. One that is killed says nothing, and the others would wait for it for ever, or be ended by the
/// launcher without a word; the first of them that is left says what happened.
/// </summary>
internal sealed class RankWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly RankPlace[] peers;
    private readonly RankGroup ranks;
    private readonly Timer timer;
    private readonly Lock gate = new();
    private bool isDone;

    /// <param name="ranks">The ranks, whose places are known.</param>
    public RankWatch(RankGroup ranks)
    {
        this.ranks = ranks;
        File.Delete(Spoken(Environment.ProcessId));                         // of an earlier process of this number
        var here = ranks.Places[ranks.Rank];
        peers = [.. ranks.Places.Where(place => place.Host == here.Host && place.Rank != ranks.Rank && place.IsAlive)];
        timer = new Timer(_ => Look(), null, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate) isDone = true;
        timer.Dispose();
    }

    /// <summary>This process ends, and has said why: the others of this machine need not.</summary>
    public static void HasSpoken()
    {
        try
        {
            File.WriteAllText(Spoken(Environment.ProcessId), string.Empty);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then there are two lines.
        }
    }

    private static string Spoken(int process) =>
        Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"wage-rank-{process}.said"));

    /// <summary>The first rank that is left speaks: true where that is another one.</summary>
    private bool IsOthers() => Array.Exists(peers, peer => peer.Rank < ranks.Rank && peer.IsAlive);

    private void Look()
    {
        lock (gate)
        {
            if (isDone || Array.Find(peers, peer => !peer.IsAlive) is not { } dead) return;
            isDone = true;
            if (IsOthers()) Thread.Sleep(Interval);                         // perhaps it is about to die too
            if (!IsOthers())
            {
                if (!Array.Exists(peers, peer => File.Exists(Spoken(peer.Process))))
                {
                    var who = string.Create(CultureInfo.InvariantCulture, $"rank {dead.Rank} (process {dead.Process})");
                    Console.Error.WriteLine($"wage: {who} died, so all ranks end; what was saved stands, and --resume goes on from there.");
                    HasSpoken();
                }

                Thread.Sleep(Interval * 5);                                 // the others have looked by then
                foreach (var process in peers.Select(peer => peer.Process).Append(Environment.ProcessId)) File.Delete(Spoken(process));
            }

            Environment.Exit(ExitCode.Unexpected);
        }
    }
}
