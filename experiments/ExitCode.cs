namespace Wage.Experiments;

/// <summary>What a command ends with; 0 is success.</summary>
internal static class ExitCode
{
    /// <summary>A fault of the program.</summary>
    public const int Unexpected = 1;

    /// <summary>Something differs that must be equal: `wage selftest`.</summary>
    public const int Different = 1;

    /// <summary>A user's mistake.</summary>
    public const int UserError = 2;

    /// <summary>What was measured is not what is recorded: `wage reproduce`.</summary>
    public const int NotReproduced = 3;

    /// <summary>Interrupted by Ctrl-C or SIGTERM: 128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;
}
