using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Wage.Tests.Mpi;

/// <summary>The built console on several ranks, by the mpirun of this machine; without one the test is skipped by name.</summary>
internal sealed class MpiRun : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    public MpiRun(string folder, int ranks, params string[] arguments)
        : this(folder, ["-n", ranks.ToString(CultureInfo.InvariantCulture), "dotnet", Library, .. arguments])
    {
    }

    /// <summary>Of several programs: all that mpirun is told of them; and the seconds that it gives ranks to end by themselves.</summary>
    public MpiRun(string folder, IEnumerable<string> programs, string patience = "5")
    {
        var start = new ProcessStartInfo("mpirun") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] words =
        [
            "--allow-run-as-root", "--oversubscribe", .. Version < 5 ? (string[])["--quiet", "--mca"] : ["--prtemca"],
            "odls_base_sigkill_timeout", patience, .. programs,
        ];
        foreach (var word in words) start.ArgumentList.Add(word);
        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <summary>Open MPI's launcher says what it is.</summary>
    public static bool IsHere => Version > 0;

    /// <summary>Open MPI's first number, or 0; that of its launcher, whose options differ.</summary>
    private static int Version { get; } = Find();

    /// <summary>The processes of the ranks; Linux alone shows them.</summary>
    public int[] Ranks() =>
    [
        .. Directory.GetDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0)
            .Where(id => id > 0 && ParentOf(id) == process.Id),
    ];

    /// <summary>A signal for mpirun, or for one of the ranks, which may have ended meanwhile; by its name without SIG.</summary>
    public void Signal(string name, int? rank = null)
    {
        using var kill = Process.Start("kill", ["-s", name, $"{rank ?? process.Id}"]);
        kill.WaitForExit();
        if (rank is null) Assert.That(kill.ExitCode, Is.Zero);
    }

    public bool HasExited => process.HasExited;

    public static string Library => Path.Combine(TestContext.CurrentContext.TestDirectory, "wage.dll");

    /// <summary>Skips the test that calls it where there is no Open MPI.</summary>
    public static void Require()
    {
        if (!IsHere) Assert.Ignore("Open MPI's mpirun is not installed");
    }

    /// <summary>Runs to the end.</summary>
    public static (int Code, string Output, string Error) Run(string folder, int ranks, params string[] arguments)
    {
        using var run = new MpiRun(folder, ranks, arguments);
        return run.End();
    }

    /// <summary>How long it may take to end.</summary>
    public int Seconds { get; init; } = 300;

    public (int Code, string Output, string Error) End()
    {
        if (process.WaitForExit(TimeSpan.FromSeconds(Seconds))) return (process.ExitCode, output.Result, error.Result);
        process.Kill(entireProcessTree: true);
        throw new TimeoutException($"mpirun did not end: {output.Result}{error.Result}");
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private static int ParentOf(int id)
    {
        try
        {
            return int.Parse(File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static int Find()
    {
        try
        {
            var start = new ProcessStartInfo("mpirun", "--version") { RedirectStandardOutput = true, RedirectStandardError = true };
            using var asked = Process.Start(start)!;
            var version = asked.StandardOutput.ReadToEnd();
            asked.WaitForExit();
            var found = Regex.Match(version, @"Open MPI\) (\d+)\.");
            return found.Success ? int.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0;
        }
    }
}
