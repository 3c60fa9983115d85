using System.Diagnostics;

namespace Wage.Tests.Traces;

/// <summary>The recomputation in numpy, run by a Python of this machine.</summary>
internal static class Numpy
{
    /// <summary>The first Python here that has numpy.</summary>
    private static readonly Lazy<string?> Interpreter =
        new(() => new[] { "python3", "/usr/bin/python3", "python" }.FirstOrDefault(HasNumpy));

    /// <summary>Skips the test, by name, where there is none.</summary>
    public static void Require()
    {
        if (Interpreter.Value is null)
            Assert.Ignore("there is no Python with numpy here; ScalarLoopsGiveEveryArrayOfAStep checks chains without it");
    }

    /// <summary>Recomputes the trace in this folder.</summary>
    public static (int Exit, string Text) Recompute(string folder) =>
        Start(Interpreter.Value!, "-B", Repository.Path("experiments/Traces/recompute"), folder);

    /// <summary>Runs lines of Python in this folder.</summary>
    public static (int Exit, string Text) Execute(string program, string folder) =>
        Start(Interpreter.Value!, "-c", $"import os; os.chdir({Quoted(folder)})\n{program}");

    private static string Quoted(string path) => System.Text.Json.JsonSerializer.Serialize(path);

    private static bool HasNumpy(string python)
    {
        try
        {
            return Start(python, "-c", "import numpy").Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Exit, string Text) Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (text + errors.Result).ReplaceLineEndings("\n"));
    }
}
