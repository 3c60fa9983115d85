using System.Text;

namespace Wage.Tests.Experiments;

/// <summary>
/// A standard stream of this process for tests in parallel: what one of them catches, and the threads that it starts write, goes to its own writer;
/// all else goes where it went before.
/// </summary>
internal sealed class SharedStream : TextWriter
{
    private readonly TextWriter process;
    private readonly AsyncLocal<TextWriter?> caught = new();

    public SharedStream(TextWriter process) => (this.process, CoreNewLine) = (process, ['\n']);

    public override Encoding Encoding => process.Encoding;

    private TextWriter Target => caught.Value ?? process;

    /// <summary>Sends to this writer what is written here from now on, until the result is disposed.</summary>
    public IDisposable Catch(TextWriter writer)
    {
        var before = caught.Value;
        caught.Value = writer;
        return new Catching(this, before);
    }

    public override void Write(char value) => Target.Write(value);

    public override void Write(char[] buffer, int index, int count) => Target.Write(buffer, index, count);

    public override void Write(string? value) => Target.Write(value);

    public override void Flush() => Target.Flush();

    private sealed class Catching(SharedStream stream, TextWriter? before) : IDisposable
    {
        public void Dispose() => stream.caught.Value = before;
    }
}
