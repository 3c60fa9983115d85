using System.CommandLine;
using Wage.Backends;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Gpu.SelfTest;
using Wage.Gpu.Simulation;
using Wage.SelfTest;

namespace Wage.Experiments.Commands;

/// <summary>wage selftest: whether a device gives the integers of the reference.</summary>
internal static class SelfTestCommand
{
    public static Command Create()
    {
        var (device, threads) = (CommonOptions.Device(), CommonOptions.Threads());
        var command = new Command("selftest", "Compare a device with the reference: every operation, and short trainings.") { device, threads };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            return Execute(parsed.GetValue(device) ?? "auto", parsed.GetValue(threads), Console.Out, Console.Error, interruption.Token);
        });
        return command;
    }

    /// <summary>Compares; the exit code: 1 when an integer differs.</summary>
    /// <exception cref="WageException">There is no such device, or it failed.</exception>
    public static int Execute(string name, int threads, TextWriter output, TextWriter progress, CancellationToken token)
    {
        using var device = Devices.Create(name == "auto" ? Devices.First : name, threads);
        output.WriteLine($"device  {device.Name}: {device.Description}");
        try
        {
            using var floats = new FloatCases();
            BackendCase[] cases = [.. ArithmeticCases.AndTable(device), .. floats.All()];
            var report = SelfTestReport.Run(new ReferenceBackend(), device, cases, ShortRun.All, progress, token);
            report.Write(output);
            return report.Different == 0 ? 0 : ExitCode.Different;
        }
        catch (OperationCanceledException)
        {
            output.WriteLine("interrupted");
            return ExitCode.Interrupted;
        }
    }
}
