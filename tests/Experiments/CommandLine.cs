using Wage.Experiments;

namespace Wage.Tests.Experiments;

/// <summary>The command line in this process, with its two streams caught; tests in parallel have their own.</summary>
internal static class CommandLine
{
    private static readonly SharedStream Output = new(Console.Out), Error = new(Console.Error);

    static CommandLine()
    {
        Console.SetOut(Output);
        Console.SetError(Error);
    }

    public static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using (Output.Catch(output))
        using (Error.Catch(error))
            return (Program.Run(arguments), output.ToString(), error.ToString());
    }

    /// <summary>Runs what must succeed; its output.</summary>
    public static string Do(params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.That(code, Is.Zero, error);
        return output;
    }

    /// <summary>Runs what must be refused in one line with exit code 2; the line.</summary>
    public static string Refusal(params string[] arguments)
    {
        var (code, output, error) = Run(arguments);
        Assert.That(code, Is.EqualTo(2), output + error);
        Assert.That(error.TrimEnd('\n'), Does.StartWith("wage: ").And.Not.Contain("\n"));
        return error;
    }
}
