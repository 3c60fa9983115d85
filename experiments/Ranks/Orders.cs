using Wage.Workers;

namespace Wage.Experiments.Ranks;

/// <summary>What all ranks do next. The first one decides, since it alone has the folder; the others do the same.</summary>
internal enum Order : byte
{
    /// <summary>Nothing; what a rank says that was not interrupted.</summary>
    None,

    /// <summary>A training step.</summary>
    Step,

    /// <summary>A training step that is looked into.</summary>
    Look,

    /// <summary>The loss of the epoch so far.</summary>
    Score,

    /// <summary>The end of an epoch, with its test.</summary>
    Finish,

    /// <summary>A checkpoint, for which every rank gives its part of the state.</summary>
    Write,

    /// <summary>The test of the best epoch's weights, whose checkpoint follows.</summary>
    Test,

    /// <summary>The end of the command.</summary>
    End,

    /// <summary>The end of one that was interrupted.</summary>
    Stop,

    /// <summary>What another rank says to the first one: it was interrupted.</summary>
    Interrupted,
}

/// <summary>The orders of a run, one byte each from every rank to every other. A process that is alone gives none.</summary>
/// <param name="transport">Between the ranks; null: there is one.</param>
internal sealed class Orders(ITransport? transport)
{
    private readonly byte[] all = new byte[transport?.Size ?? 0];

    /// <summary>True when another rank was interrupted.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>The first rank's: every other one does it too, from now on.</summary>
    public void Give(Order order)
    {
        if (transport is null) return;
        transport.Gather([(byte)order], all);
        IsInterrupted |= all.AsSpan(1).Contains((byte)Order.Interrupted);
    }

    /// <summary>The others': waits for an order.</summary>
    /// <param name="isInterrupted">Whether this rank was.</param>
    public Order Take(bool isInterrupted)
    {
        transport!.Gather([(byte)(isInterrupted ? Order.Interrupted : Order.None)], all);
        return (Order)all[0];
    }
}
