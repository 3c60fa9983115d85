using System.Text;

namespace Wage.Experiments;

/// <summary>
/// A standard stream that may be full or closed. A command that is asked for output fails in one line; a run that trains goes on without it.
/// </summary>
internal sealed class StandardOutput : TextWriter
{
    private readonly TextWriter inner;
    private readonly string name;
    private bool isNeeded;
    private bool isLost;

    /// <param name="inner">The stream.</param>
    /// <param name="name">What the message calls it.</param>
    /// <param name="isNeeded">Whether a failure is one of the command.</param>
    public StandardOutput(TextWriter inner, string name, bool isNeeded)
    {
        (this.inner, this.name, this.isNeeded) = (inner, name, isNeeded);
        CoreNewLine = inner.NewLine.ToCharArray();
    }

    /// <summary>The one that stands for Console.Out while a command line runs.</summary>
    public static StandardOutput? Current { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Lets the command go on without this output if it is the standard output: what trains is worth more than its display.</summary>
    public static void DoWithout(TextWriter output)
    {
        if (Current is { } current && ReferenceEquals(output, Console.Out)) current.isNeeded = false;
    }

    /// <summary>Runs with both standard streams guarded.</summary>
    public static int Guard(Func<int> run)
    {
        var (output, error) = (Console.Out, Console.Error);
        Current = new StandardOutput(output, "standard output", isNeeded: true);
        Console.SetOut(Current);
        Console.SetError(new StandardOutput(error, "standard error", isNeeded: false));
        try
        {
            return run();
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
            Current = null;
        }
    }

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (isLost && !isNeeded) return;
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            isLost = true;
            if (isNeeded) throw new WageException($"{name}: cannot be written ({error.Message.TrimEnd('.')}).", null, error);
        }
    }
}
