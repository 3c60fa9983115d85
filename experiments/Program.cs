using System.CommandLine;
using Wage.Experiments.Commands;

namespace Wage.Experiments;

/// <summary>The console `wage`.</summary>
internal static class Program
{
    private const int ExitUnexpected = 1;
    private const int ExitUserError = 2;

    private static int Main(string[] args) => Run(args);

    /// <summary>Runs a command line; the exit code: 0, 1 (a bug), 2 (a user's mistake), 130 (interrupted).</summary>
    public static int Run(IReadOnlyList<string> args)
    {
        var debug = new Option<bool>("--debug") { Description = "Show the stack of an unexpected error.", Recursive = true };
        var root = new RootCommand("Wage trains neural networks with integers only.") { debug };
        foreach (var command in (Command[])
            [TrainCommand.Create(), EvalCommand.Create(), ListCommand.Create(), ShowCommand.Create(), DevicesCommand.Create(), DataCommand.Create()])
        {
            root.Add(command);
        }

        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (parsed.Errors.Count > 0) return Mistake($"{parsed.Errors[0].Message.TrimEnd('.')}. HINT: `wage --help` shows the commands.");
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (WageException error)
        {
            return Mistake(error.Message);
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"wage: unexpected: {(parsed.GetValue(debug) ? error.ToString() : $"{OneLine.Of(error.Message)} (--debug shows where)")}");
            return ExitUnexpected;
        }
    }

    private static int Mistake(string message)
    {
        Console.Error.WriteLine($"wage: {OneLine.Of(message)}");
        return ExitUserError;
    }
}
