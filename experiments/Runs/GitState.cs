using System.ComponentModel;
using System.Diagnostics;

namespace Wage.Experiments.Runs;

/// <summary>The commit of the working directory's repository, and whether files differ from it.</summary>
/// <param name="Commit">40 or 64 hexadecimal digits.</param>
/// <param name="Dirty">True when a tracked file differs from the commit or a file is new.</param>
internal sealed record GitState(string Commit, bool Dirty)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The state of the repository around this folder; null where there is none, no commit yet, or no git.</summary>
    public static GitState? Of(string folder)
    {
        if (Ask(folder, "rev-parse", "HEAD") is not { } answer) return null;
        var commit = answer.Trim();
        if (commit.Length is not (40 or 64) || !commit.All(char.IsAsciiHexDigit)) return null;
        return Ask(folder, "status", "--porcelain") is { } changes ? new GitState(commit, changes.Length > 0) : null;
    }

    private static string? Ask(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["--no-optional-locks", .. arguments]) start.ArgumentList.Add(argument);
        try
        {
            using var git = Process.Start(start);
            if (git is null) return null;
            var (output, _) = (git.StandardOutput.ReadToEndAsync(), git.StandardError.ReadToEndAsync());
            if (git.WaitForExit(Patience) && output.Wait(Patience)) return git.ExitCode == 0 ? output.Result : null;
            git.Kill();
            return null;
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException)
        {
            return null;
        }
    }
}
