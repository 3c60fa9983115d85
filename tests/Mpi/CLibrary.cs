using System.Diagnostics;

namespace Wage.Tests.Mpi;

/// <summary>Small libraries in C, which stand in for MPI's or before them.</summary>
internal static class CLibrary
{
    /// <summary>Compiles one; the path, or null without a compiler or a library that it asks for.</summary>
    public static string? Make(string path, string source, params string[] more)
    {
        File.WriteAllText(path + ".c", source);
        try
        {
            using var gcc = Process.Start("gcc", ["-shared", "-fPIC", "-o", path, path + ".c", .. more]);
            gcc.WaitForExit();
            return gcc.ExitCode == 0 ? path : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
