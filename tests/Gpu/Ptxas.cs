using System.Diagnostics;
using System.Globalization;
using ILGPU.Runtime.Cuda;

namespace Wage.Tests.Gpu;

/// <summary>The assembler of the CUDA toolkit, 11.8 or later: it needs no card.</summary>
internal static class Ptxas
{
    /// <summary>What it says of a kernel without spills.</summary>
    public const string NoSpills = "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads";

    /// <summary>Its report of this text: registers and spills of each kernel. Skips the test, by name, where it is not on the PATH.</summary>
    public static string Report(string ptx, CudaArchitecture architecture)
    {
        var (source, output) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            File.WriteAllText(source, ptx);
            var target = string.Create(CultureInfo.InvariantCulture, $"-arch=sm_{architecture.Major}{architecture.Minor}");
            var start = new ProcessStartInfo("ptxas", ["-v", target, source, "-o", output])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var report = process.StandardError.ReadToEnd() + process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, report);
            return report;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("needs ptxas, of the CUDA toolkit, on the PATH");
            throw;
        }
        finally
        {
            File.Delete(source);
            File.Delete(output);
        }
    }
}
