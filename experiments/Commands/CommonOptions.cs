using System.CommandLine;

namespace Wage.Experiments.Commands;

/// <summary>Options that several commands take.</summary>
internal static class CommonOptions
{
    private const string FolderVariable = "WAGE_DATA";

    public static Option<string?> Data() =>
        new("--data")
        {
            Description = $"The folder that holds a folder per data set. Default: ${FolderVariable}, else ./data.",
            HelpName = "DIR"
        };

    public static Option<int> Threads() =>
        new("--threads") { Description = "Threads of the cpu; 0: one per core. The result does not depend on it.", HelpName = "N" };

    public static Option<string?> Device() =>
        new("--device") { Description = "auto, cpu, reference, cuda[:N], opencl[:N] or ilgpu-cpu (`wage devices`). The result does not depend on it.", HelpName = "NAME" };

    /// <summary>The data folder: the option, or WAGE_DATA, or the fallback.</summary>
    public static string DataFolder(string? option, string? fallback = null)
    {
        if (!string.IsNullOrWhiteSpace(option)) return option;
        var variable = Environment.GetEnvironmentVariable(FolderVariable);
        return string.IsNullOrWhiteSpace(variable) ? fallback ?? "data" : variable;
    }
}
