using Wage.Experiments;

namespace Wage.Tests.Experiments;

/// <summary>The command line in this process, with its two streams caught. Tests that use it must not run beside each other.</summary>
internal static class CaughtConsole
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
}
