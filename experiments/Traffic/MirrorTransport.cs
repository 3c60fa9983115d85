using Wage.Workers;

namespace Wage.Experiments.Traffic;

/// <summary>
/// The last of several workers without the others: their sums are 0 and their weights are this one's, so a worker's steps can be measured on a
/// machine that is alone. What it trains is nothing.
/// </summary>
internal sealed class MirrorTransport(int size) : ITransport
{
    /// <inheritdoc/>
    public int Rank => size - 1;

    /// <inheritdoc/>
    public int Size => size;

    /// <inheritdoc/>
    public void Start(Exchange exchange)
    {
        if (exchange.Send is not null) return;
        var own = exchange.Receive[Rank];
        for (var rank = 0; rank < Rank; rank++)
        {
            var place = exchange.Receive[rank];
            own[..Math.Min(own.Length, place.Length)].CopyTo(place);
        }
    }

    /// <inheritdoc/>
    public void Wait(Exchange exchange)
    {
    }

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        for (var rank = 0; rank < Size; rank++) own.CopyTo(all[(rank * own.Length)..]);
    }
}
