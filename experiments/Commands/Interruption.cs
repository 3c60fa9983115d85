using System.Runtime.InteropServices;
using Wage.Mpi;

namespace Wage.Experiments.Commands;

/// <summary>
/// Turns the first Ctrl-C (or SIGTERM) into a cancelled token; the second ends the process at once. One is made for a command, before anything else.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>SIGUSR1 of Linux, which has no name in .NET. mpirun hands it on to every rank, and does not end them a second later.</summary>
    private const PosixSignal User1 = (PosixSignal)10;

    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly bool isLaunched = MpiLaunch.Current is not null;

    /// <summary>Of a process that mpirun or srun started, alone or not, SIGUSR1 counts too, and no signal after the first: a launcher may send one
    /// twice, and itself ends who does not end.</summary>
    public Interruption()
    {
        PosixSignal[] more = isLaunched && OperatingSystem.IsLinux() ? [User1] : [];
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, .. more];
        registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Where no signal after the first counts, it goes on until the process ends: another one must not change the exit code.</summary>
    public void Dispose()
    {
        if (isLaunched && source.IsCancellationRequested) return;
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (source.IsCancellationRequested && !isLaunched)
        {
            if (!Console.IsOutputRedirected) Console.Out.Write("\e[?25h");
            Environment.Exit(ExitCode.Interrupted);
        }

        source.Cancel();
    }
}
