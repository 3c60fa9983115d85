using System.Runtime.InteropServices;

namespace Wage.Experiments.Commands;

/// <summary>Turns the first Ctrl-C (or SIGTERM) into a cancelled token; the second ends the process at once.</summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>SIGUSR1 of Linux, which has no name in .NET. mpirun hands it on to every rank, and does not end them a second later.</summary>
    private const PosixSignal User1 = (PosixSignal)10;

    private readonly CancellationTokenSource source;
    private readonly PosixSignalRegistration[] registrations;
    private readonly bool isRank;

    /// <param name="isRank">True for a rank of several: a launcher may send one signal twice, and itself ends ranks that do not end; besides, it
    /// hands SIGUSR1 on.</param>
    /// <param name="earlier">Cancelled by a signal that came before.</param>
    public Interruption(bool isRank = false, CancellationToken earlier = default)
    {
        (this.isRank, source) = (isRank, CancellationTokenSource.CreateLinkedTokenSource(earlier));
        PosixSignal[] more = isRank && OperatingSystem.IsLinux() ? [User1] : [];
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, .. more];
        registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (source.IsCancellationRequested && !isRank)
        {
            if (!Console.IsOutputRedirected) Console.Out.Write("\e[?25h");
            Environment.Exit(ExitCode.Interrupted);
        }

        source.Cancel();
    }
}
