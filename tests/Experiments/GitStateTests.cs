using System.Diagnostics;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class GitStateTests
{
    [Test]
    public void TheCommitAndWhetherFilesDifferFromIt()
    {
        using var scratch = new ScratchFolder();
        Assert.That(GitState.Of(scratch.Path), Is.Null, "no repository");
        if (Git(scratch.Path, "init", "-q") is null) Assert.Ignore("git is not installed");
        Assert.That(GitState.Of(scratch.Path), Is.Null, "no commit yet");
        File.WriteAllText(scratch.In("a"), "1");
        Git(scratch.Path, "add", "a");
        Git(scratch.Path, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "first");
        var commit = Git(scratch.Path, "rev-parse", "HEAD")!.Trim();
        Assert.That(GitState.Of(scratch.Path), Is.EqualTo(new GitState(commit, false)));
        File.WriteAllText(scratch.In("a"), "2");
        Assert.That(GitState.Of(scratch.Path), Is.EqualTo(new GitState(commit, true)));
    }

    private static string? Git(string folder, params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
