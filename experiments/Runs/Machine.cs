using System.Runtime.InteropServices;

namespace Wage.Experiments.Runs;

/// <summary>What a measurement is a measurement of.</summary>
/// <param name="Processor">The processor's name, or its architecture where the system does not tell.</param>
/// <param name="Cores">Logical processors that this process may use.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">".NET 10.0.0".</param>
internal sealed record Machine(string Processor, int Cores, string System, string Runtime)
{
    private const string ProcessorFile = "/proc/cpuinfo";
    private const int LongestName = 200;

    /// <summary>This one.</summary>
    public static Machine Current { get; } = new(
        ProcessorName() ?? RuntimeInformation.ProcessArchitecture.ToString(), Environment.ProcessorCount,
        OneLine.Of(RuntimeInformation.OSDescription), RuntimeInformation.FrameworkDescription);

    /// <summary>"AMD EPYC, 2 processors, Debian GNU/Linux 12, .NET 10.0.0".</summary>
    public override string ToString() => $"{Processor}, {Cores} processor{(Cores == 1 ? string.Empty : "s")}, {System}, {Runtime}";

    private static string? ProcessorName()
    {
        try
        {
            var line = File.ReadLines(ProcessorFile).Take(100)
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
            var name = OneLine.Of(line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..] ?? string.Empty);
            return name.Length is 0 or > LongestName ? null : name;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
