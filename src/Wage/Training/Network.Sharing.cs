using Wage.Workers;

namespace Wage.Training;

/// <content>The batch that it shares with other workers.</content>
public sealed partial class Network
{
    /// <inheritdoc/>
    public BatchSlice Slice { get; }

    /// <summary>
    /// The bytes that a worker sends to the others in a step that nobody observes, with as many workers as <see cref="Slice"/> says: gradients and
    /// stored weights of every parameter, and 8 for each maximum. Sums of batch norm and of layers and quantizers from elsewhere come on top.
    /// </summary>
    /// <param name="rank">The worker.</param>
    public long StepBytes(int rank) =>
        learning.Sum(w => w.BytesOf(rank, Slice.Ranks)) + ((Slice.Ranks - 1L) * sizeof(long) * meetings.Maxima);

    /// <inheritdoc/>
    void ITrainable.Receive()
    {
        foreach (var w in Alive(learning)) w.Receive();
        meetings.ReceiveStates();
    }
}
