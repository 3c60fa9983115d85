namespace Wage.Data;

/// <summary>The next bytes of a stream that goes forward only; reading ends where the part does, and the stream stays open.</summary>
internal sealed class FilePart(Stream content, long size) : ForwardStream
{
    private long left = size;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var read = content.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
        left -= read;
        return read;
    }

    /// <summary>Passes over what nobody read.</summary>
    public void SkipRest()
    {
        var buffer = new byte[1 << 16];
        while (left > 0 && Read(buffer) > 0)
        {
        }
    }
}
