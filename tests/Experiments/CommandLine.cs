using Wage.Experiments;

namespace Wage.Tests.Experiments;

/// <summary>The command line in this process, with its two streams caught. For tests that do not run in parallel.</summary>
internal static class CommandLine
{
    public static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var (oldOutput, oldError) = (Console.Out, Console.Error);
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        try
        {
            Console.SetOut(output);
            Console.SetError(error);
            return (Program.Run(arguments), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(oldOutput);
            Console.SetError(oldError);
        }
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
