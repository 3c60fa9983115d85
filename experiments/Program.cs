using System.CommandLine;
using System.CommandLine.Parsing;
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
        root.Add(TrainCommand.Create());
        root.Add(EvalCommand.Create());
        root.Add(ListCommand.Create());
        root.Add(ShowCommand.Create());
        root.Add(RunsCommand.Create());
        root.Add(ReproduceCommand.Create());
        root.Add(PlotCommand.Create());
        root.Add(ReportCommand.Create());
        root.Add(TensorBoardCommand.Create());
        root.Add(TraceCommand.Create());
        root.Add(BenchCommand.Create());
        root.Add(DevicesCommand.Create());
        root.Add(SelfTestCommand.Create());
        root.Add(DataCommand.Create());

        var parsed = root.Parse(args.Count == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (UnknownOption(parsed) is { } unknown) return Mistake(unknown);
            if (parsed.Errors.Count > 0) return Mistake(ParseError(parsed));
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (WageException error)
        {
            return Mistake(error.Message);
        }
        catch (Exception error)
        {
            var what = parsed.GetValue(debug) ? error.ToString() : $"{OneLine.Of(error.Message)} (--debug shows where)";
            Console.Error.WriteLine($"wage: unexpected: {what}");
            return ExitUnexpected;
        }
    }

    /// <summary>An option that does not exist would be taken for a value; this names it, with the nearest that does.</summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        var stray = parsed.Tokens.FirstOrDefault(token =>
            token.Type == TokenType.Argument && token.Value.Length > 1 && token.Value[0] == '-'
            && (token.Value[1] == '-' || char.IsAsciiLetter(token.Value[1])));
        if (stray is null) return null;
        var (given, command) = (stray.Value.Split('=')[0], CommandLine(parsed));
        var hint = NearestName.Of(given, parsed.CommandResult.Command.Options.Select(option => option.Name)) is { } nearest
            ? $"did you mean {nearest}?"
            : $"see `{command} --help`.";
        return $"'{OneLine.Of(given)}' is not an option of `{command}`. HINT: {hint}";
    }

    /// <summary>The first thing that was not understood, with the nearest command.</summary>
    private static string ParseError(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = CommandLine(parsed);
        if (command.Subcommands.Count == 0 || parsed.UnmatchedTokens.Count == 0)
            return $"{OneLine.Of(parsed.Errors[0].Message).TrimEnd('.')}. HINT: see `{path} --help`.";
        var (given, names) = (parsed.UnmatchedTokens[0], command.Subcommands.Select(sub => sub.Name).ToList());
        var hint = NearestName.Of(given, names) is { } nearest ? $"did you mean {nearest}?" : $"there are {string.Join(", ", names)}.";
        return $"'{OneLine.Of(given)}' is not a command of `{path}`. HINT: {hint}";
    }

    private static string CommandLine(ParseResult parsed) => string.Join(' ', ["wage", .. Path(parsed.CommandResult)]);

    /// <summary>The names of a command and those above it, without the root's.</summary>
    private static IEnumerable<string> Path(CommandResult command) =>
        command.Parent is CommandResult parent ? [.. Path(parent), command.Command.Name] : [];

    private static int Mistake(string message)
    {
        Console.Error.WriteLine($"wage: {OneLine.Of(message)}");
        return ExitUserError;
    }
}
