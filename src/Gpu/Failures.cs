namespace Wage.Gpu;

/// <summary>
/// What went wrong on a device, in one line for the user. Nothing is done again elsewhere: a run ends, and its last checkpoint stands.
/// </summary>
internal sealed class Failures(string device)
{
    private static Wording Stands =>
        $"the run's last checkpoint stands: go on from it with {new Term(TermKind.Resume)}, here or with another {Term.Device}; " +
        $"the weights will be the same.";

    /// <summary>An allocation failed.</summary>
    public WageException Allocating(long bytes, long allocated, Exception error) => new(
        $"device {device}: has no {bytes:N0} bytes left after {allocated:N0} ({Line(error)}).",
        $"take a smaller {Term.Batch} or model, or another {Term.Device}.", error);

    /// <summary>A kernel was refused before it ran.</summary>
    public WageException Compiling(string kernel, Exception error) => new(
        $"device {device}: the kernel {kernel} does not compile there ({Line(error)}).",
        $"run {new Term(TermKind.SelfTest, device)}, and train with another {Term.Device}.", error);

    /// <summary>A launch or a copy failed: the device is lost, or an earlier kernel failed on it.</summary>
    public WageException Working(string what, Exception error) => error as WageException ?? new(
        $"device {device}: stopped working in {what} ({Line(error)}).", Stands, error);

    /// <summary>The first line of the innermost message that says something.</summary>
    public static string Line(Exception error)
    {
        var cause = error.GetBaseException();
        var lines = cause.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? cause.GetType().Name : lines[0].TrimEnd('.');
    }
}
