using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Wage.Experiments.Commands;
using Wage.Mpi;

namespace Wage.Experiments;

/// <summary>The console `wage`.</summary>
internal static partial class Program
{
    /// <summary>How the help names a file or folder.</summary>
    public const string Either = "PATH";

    private const int LongestError = 300;
    private const string Debug = "--debug";

    private static int Main(string[] args)
    {
        // mpirun gives each process a terminal of its own, behind which may be a file: nothing is to be drawn on it.
        if (MpiLaunch.Current is not null) Environment.SetEnvironmentVariable("TERM", "dumb");
        return StandardOutput.Guard(() => Run(args));
    }

    /// <summary>Runs a command line; the exit code: 0, 1 (a bug), 2 (a user's mistake), 130 (interrupted).</summary>
    public static int Run(IReadOnlyList<string> args)
    {
        var root = Root();
        var parsed = root.Parse(args.Count == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        try
        {
            if (UnknownOption(parsed) is { } unknown) return Mistake(unknown);
            if (parsed.Errors.Count > 0) return Mistake(ParseError(parsed));
            if (ImpossiblePath(parsed) is { } impossible) return Mistake(impossible);
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (WageException error)
        {
            return Mistake(error.InWords());
        }
        catch (Exception error)
        {
            var what = parsed.GetValue<bool>(Debug) ? error.ToString() : $"{OneLine.Of(error.Message)} (--debug shows where)";
            Console.Error.WriteLine($"wage: unexpected: {what}");
            return ExitCode.Unexpected;
        }
    }

    /// <summary>Every command and option.</summary>
    internal static RootCommand Root()
    {
        var root = Commands();
        var help = root.Options.OfType<HelpOption>().Single();
        foreach (var path in (string[])["/h", "/?"]) help.Aliases.Remove(path);                 // shells would offer them among the options
        return root;
    }

    private static RootCommand Commands() => new("Wage trains neural networks with integers only.")
    {
        new Option<bool>(Debug) { Description = "Show the stack of an unexpected error.", Recursive = true },
        TrainCommand.Create(),
        QuantizeCommand.Create(),
        EvalCommand.Create(),
        PredictCommand.Create(),
        ExportCommand.Create(),
        ConvertCommand.Create(),
        CompressCommand.Create(),
        ListCommand.Create(),
        ShowCommand.Create(),
        RunsCommand.Create(),
        ReproduceCommand.Create(),
        PlotCommand.Create(),
        ReportCommand.Create(),
        TensorBoardCommand.Create(),
        TraceCommand.Create(),
        TrafficCommand.Create(),
        BenchCommand.Create(),
        DevicesCommand.Create(),
        SelfTestCommand.Create(),
        DataCommand.Create(),
        CompletionCommand.Create(),
    };

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
        return $"'{OneLine.Quote(given)}' is not an option of `{command}`. HINT: {hint}";
    }

    /// <summary>An option that names a file or folder and is empty, or a word with a character that no path and no name has.</summary>
    private static string? ImpossiblePath(ParseResult parsed)
    {
        if (parsed.Tokens.FirstOrDefault(token => token.Value.Contains('\0', StringComparison.Ordinal)) is { } word)
            return $"'{OneLine.Quote(word.Value)}' has a null character in it, which no path and no name has.";
        var empty = parsed.CommandResult.Children.OfType<OptionResult>()
            .FirstOrDefault(given => Place(given.Option) is not null && given.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)));
        return empty is null ? null : $"{empty.Option.Name}: is empty, but must name a {Place(empty.Option)}.";

        static string? Place(Option option) => option.HelpName switch { "DIR" => "folder", "FILE" => "file", Either => "file or folder", _ => null };
    }

    /// <summary>The first thing that was not understood, with the nearest command.</summary>
    private static string ParseError(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = CommandLine(parsed);
        if (parsed.UnmatchedTokens.FirstOrDefault(word => word.Contains('=', StringComparison.Ordinal)) is { } setting
            && command.Options.Any(option => option.Name == "--set"))
            return $"'{OneLine.Quote(setting)}' stands behind no option. HINT: settings follow --set: --set {OneLine.Quote(setting)}.";
        if (command.Subcommands.Count == 0 || parsed.UnmatchedTokens.Count == 0)
            return $"{OneLine.Cut(Plain(parsed.Errors[0].Message), LongestError).TrimEnd('.')}. HINT: see `{path} --help`.";
        var (given, names) = (parsed.UnmatchedTokens[0], command.Subcommands.Select(sub => sub.Name).ToList());
        var hint = NearestName.Of(given, names) is { } nearest ? $"did you mean {nearest}?" : $"there are {string.Join(", ", names)}.";
        return $"'{OneLine.Quote(given)}' is not a command of `{path}`. HINT: {hint}";
    }

    /// <summary>The parser names types of .NET.</summary>
    private static string Plain(string message) => NotANumber().Match(message) is { Success: true } found
        ? $"{found.Groups["option"].Value}: is '{found.Groups["value"].Value}', but must be a {(found.Groups["real"].Success ? "" : "whole ")}number"
        : message;

    [GeneratedRegex("argument '(?<value>.*)' for option '(?<option>[^']*)' as expected type 'System.(?:U?Int32|U?Int64|(?<real>Double))'")]
    private static partial Regex NotANumber();

    private static string CommandLine(ParseResult parsed) => string.Join(' ', ["wage", .. Path(parsed.CommandResult)]);

    /// <summary>The names of a command and those above it, without the root's.</summary>
    private static IEnumerable<string> Path(CommandResult command) =>
        command.Parent is CommandResult parent ? [.. Path(parent), command.Command.Name] : [];

    private static int Mistake(string message)
    {
        Console.Error.WriteLine($"wage: {OneLine.Of(message)}");
        return ExitCode.UserError;
    }
}
