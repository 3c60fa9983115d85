using System.Diagnostics;
using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;

namespace Wage.Tests.Experiments;

/// <summary>The scripts of `wage completion`, each in its shell, which calls the built console.</summary>
[Parallelizable]
internal sealed class CompletionTests
{
    /// <summary>Fills what Bash fills at a Tab, calls the function that the script registered, and prints what it offers.</summary>
    private const string Bash = """
        wage() { dotnet "$WAGE_DLL" "$@"; }
        source "$WAGE_SCRIPT"
        [[ $(complete -p wage) == *_wage* ]] || exit 3
        for COMP_LINE in "$@"; do
            COMP_POINT=${#COMP_LINE} COMP_WORDS=(wage) COMPREPLY=()
            _wage
            printf '%s|' "$COMP_LINE" "${COMPREPLY[@]}"
            echo
        done
        """;

    private const string Zsh = """
        wage() { dotnet "$WAGE_DLL" "$@"; }
        compdef() { :; }
        compadd() { shift 4; print -rn -- "${(j:|:)@}|"; }
        _files() { :; }
        source "$WAGE_SCRIPT"
        for line in "$@"; do
            LBUFFER=$line words=(wage)
            print -rn -- "$line|"
            _wage
            print
        done
        """;

    private const string Fish = """
        function wage; dotnet $WAGE_DLL $argv; end
        source $WAGE_SCRIPT
        for line in $argv
            echo -n "$line|"
            complete -C $line | string split -f 1 \t | string join '|'
            echo
        end
        """;

    private const string Pwsh = """
        function wage { dotnet $env:WAGE_DLL @args }
        Get-Content -Raw $env:WAGE_SCRIPT | Invoke-Expression
        foreach ($line in $args) {
            $offered = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
            "$line|" + ($offered.CompletionMatches.CompletionText -join '|') + '|'
        }
        """;

    [TestCase("bash"), TestCase("zsh"), TestCase("fish"), TestCase("pwsh")]
    public void AShellOffersCommandsOptionsRecipesAndKeys(string shell)
    {
        var program = shell switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => Pwsh };
        if (!Exists(shell)) Assert.Ignore($"there is no {shell} here");
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("wage.script"), CompletionCommand.Script(shell));
        File.WriteAllText(scratch.In("test.script"), program);
        string[] lines =
        [
            "wage tr", "wage train --se", "wage train wage-vgg7-", "wage train --set scheme.kind=", "wage train digits --set training.ep",
            "wage show zz",
        ];
        var offered = Run(shell, scratch, lines).Select(line => line.Split('|', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(all => all[0]);
        Assert.That(offered.Keys, Is.EquivalentTo(lines));
        Assert.That(offered[lines[0]], Does.Contain("train").And.Contain("trace"));
        Assert.That(offered[lines[1]], Does.Contain("--seed").And.Contain("--seeds").And.Contain("--set"));
        Assert.That(offered[lines[2]], Does.Contain("wage-vgg7-cifar10").And.Contain("wage-vgg7-svhn"));
        var isCut = shell == "bash" ? string.Empty : "scheme.kind=";
        Assert.That(offered[lines[3]], Does.Contain($"{isCut}wage").And.Contain($"{isCut}float32"));
        Assert.That(offered[lines[4]], Does.Contain("training.epochs="));
        Assert.That(offered[lines[5]], Has.Length.EqualTo(1));
    }

    [Test]
    public void EveryRecipeAndEveryKeyIsOffered()
    {
        var recipes = Offered("train ");
        Assert.That(RecipeCatalog.Names.Except(recipes), Is.Empty);
        Assert.That(RecipeKeys.All.Select(key => key.Name + "=").Except(Offered("train --set ")), Is.Empty);
        Assert.That(Offered("completion "), Does.Contain("fish"));
        foreach (var begun in (string[])["", "train ", "runs "])
            Assert.That(Offered(begun), Has.None.StartsWith("/").And.Some.EqualTo("--help"), begun);
        foreach (var (begun, word) in new[]
        {
            ("plot --kind ", "confusion"), ("plot --theme ", "dark"), ("train --device ", "ilgpu-cpu"), ("eval --split ", "validation"),
            ("runs --sort ", "best"), ("runs --state ", "interrupted"),
        })
        {
            Assert.That(Offered(begun), Does.Contain(word), begun);
        }
        Assert.That(CommandLine.Refusal("completion", "bsh"), Does.Contain("must be one of bash, zsh, pwsh, fish. HINT: did you mean bash?"));
    }

    private static string[] Offered(string begun) => CommandLine.Do($"[suggest:{begun.Length}]", begun).Split('\n');

    private static bool Exists(string shell) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, shell)));

    private static string[] Run(string shell, ScratchFolder scratch, string[] lines)
    {
        var start = new ProcessStartInfo(shell) { RedirectStandardOutput = true };
        start.Environment["WAGE_DLL"] = Path.Combine(TestContext.CurrentContext.TestDirectory, "wage.dll");
        start.Environment["WAGE_SCRIPT"] = scratch.In("wage.script");
        foreach (var argument in shell == "pwsh" ? ["-NoProfile", "-File", scratch.In("test.script")] : new[] { scratch.In("test.script") })
            start.ArgumentList.Add(argument);
        foreach (var line in lines) start.ArgumentList.Add(line);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
