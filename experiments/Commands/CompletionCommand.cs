using System.CommandLine;

namespace Wage.Experiments.Commands;

/// <summary>
/// wage completion: a script that teaches a shell the commands, options, recipes and keys. It asks `wage [suggest:N] LINE` at every Tab.
/// </summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "pwsh", "fish"];

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = $"{string.Join(", ", Shells[..^1])} or {Shells[^1]}." };
        CommonOptions.Complete(shell, () => Shells);
        var command = new Command("completion", "A script for a shell: commands, options, recipes and keys by Tab.") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.Write(Script(parsed.GetValue(shell)!));
            return 0;
        });
        return command;
    }

    /// <summary>The script of a shell.</summary>
    /// <exception cref="WageException">There is none for it.</exception>
    public static string Script(string shell) => Shells.Contains(shell, StringComparer.Ordinal)
        ? EmbeddedText.Find($"wage.{shell}")!
        : throw new WageException(
            $"SHELL: is '{OneLine.Quote(shell)}', but must be one of {string.Join(", ", Shells)}.",
            NearestName.Of(shell, Shells) is { } near ? $"did you mean {near}?" : null);
}
