using Wage.Workers;

namespace Wage.Training;

/// <content>The batch that it shares with other workers.</content>
public sealed partial class Network
{
    /// <inheritdoc/>
    public BatchSlice Slice { get; }

    /// <summary>
    /// The bytes that a worker sends to the others in a step that nobody observes, with as many workers as <see cref="Slice"/> says: gradients and
    /// stored weights of every parameter, the sums of batch norms, and 8 for each maximum. What layers and quantizers from elsewhere exchange comes
    /// on top.
    /// </summary>
    /// <param name="rank">The worker.</param>
    public long StepBytes(int rank) =>
        learning.Sum(w => w.BytesOf(rank, Slice.Ranks)) + sums.Sum(x => Collective.SumBytes(x.Length, x.Type, rank, Slice.Ranks))
        + ((Slice.Ranks - 1L) * sizeof(long) * meetings.Maxima);

    /// <summary>The bytes that observed steps have gathered of the batch, and the most that a plan says of it.</summary>
    internal (long Bytes, long Most) Gathered => (probe.Gathered, probe.MostGathered(Slice));

    /// <inheritdoc/>
    void ITrainable.Receive()
    {
        foreach (var w in Alive(learning)) w.Receive();
        meetings.ReceiveStates();
    }
}
