using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Wage.Tests.Experiments;

/// <summary>The built console as a process of its own.</summary>
internal sealed class WageProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    public WageProcess(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(InterruptIsIgnored() ? "env" : "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        if (start.FileName == "env")
        {
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add("dotnet");
        }

        start.ArgumentList.Add(Library);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    private static string Library => Path.Combine(TestContext.CurrentContext.TestDirectory, "wage.dll");

    public bool HasExited => process.HasExited;

    /// <summary>Runs to the end.</summary>
    public static (int Code, string Output, string Error) Run(string folder, params string[] arguments)
    {
        using var process = new WageProcess(folder, arguments);
        return process.End();
    }

    /// <summary>Runs to the end with a stream redirected as a shell does it: "> /dev/full", ">&amp;-".</summary>
    public static (int Code, string Error) RunInShell(string folder, string arguments, string redirection)
    {
        var start = new ProcessStartInfo("sh") { WorkingDirectory = folder, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec dotnet '{Library}' {arguments} {redirection}");
        using var shell = Process.Start(start)!;
        var error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, error);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => process.Kill();

    /// <summary>SIGINT, as Ctrl-C sends it.</summary>
    public void Interrupt() => Assert.That(Signal(process.Id, 2), Is.Zero);

    public (int Code, string Output, string Error) End()
    {
        if (process.WaitForExit(TimeSpan.FromSeconds(60))) return (process.ExitCode, output.Result, error.Result);
        process.Kill();
        throw new TimeoutException($"wage did not end: {output.Result}{error.Result}");
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    /// <summary>A shell without job control starts its background jobs with SIGINT ignored, which their children inherit; the console, like
    /// any program, then leaves it ignored. These tests send it all the same, so env (GNU) restores its effect.</summary>
    private static bool InterruptIsIgnored()
    {
        const string status = "/proc/self/status";
        if (!OperatingSystem.IsLinux() || !File.Exists(status)) return false;
        var ignored = File.ReadLines(status).First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) >> 1 & 1) != 0;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
