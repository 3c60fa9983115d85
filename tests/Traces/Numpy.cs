using System.Diagnostics;

namespace Wage.Tests.Traces;

/// <summary>The recomputation in numpy, run by a Python of this machine.</summary>
internal static class Numpy
{
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3", "python"];

    /// <summary>The first Python here that has numpy.</summary>
    private static readonly Lazy<string?> Interpreter = new(() => Pythons.FirstOrDefault(python => Can(python, "import numpy")));

    /// <summary>Skips the test, by name, where there is none.</summary>
    public static void Require()
    {
        if (Interpreter.Value is null)
            Assert.Ignore("there is no Python with numpy here; ScalarLoopsGiveEveryArrayOfAStep checks chains without it");
    }

    /// <summary>Recomputes the trace in this folder.</summary>
    public static (int Exit, string Text) Recompute(string folder) =>
        Start(Interpreter.Value!, "-B", Repository.Path("experiments/Traces/recompute"), folder);

    /// <summary>Starts the recomputation in a Python without packages but those of this folder; skips without a Python.</summary>
    public static (int Exit, string Text) RecomputeWithout(string folder)
    {
        if (Pythons.FirstOrDefault(python => Can(python, "")) is not { } python) throw new IgnoreException("there is no Python here");
        var program = $"import runpy, sys; sys.path.insert(0, {Quoted(folder)}); sys.argv = ['recompute', 'trace']\n" +
            $"runpy.run_path({Quoted(Repository.Path("experiments/Traces/recompute"))}, run_name='__main__')";
        return Start(python, "-B", "-I", "-S", "-c", program);
    }

    /// <summary>Runs lines of Python in this folder.</summary>
    public static (int Exit, string Text) Execute(string program, string folder) =>
        Start(Interpreter.Value!, "-c", $"import os; os.chdir({Quoted(folder)})\n{program}");

    private static string Quoted(string path) => System.Text.Json.JsonSerializer.Serialize(path);

    private static bool Can(string python, string program)
    {
        try
        {
            return Start(python, "-c", program).Exit == 0;
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
