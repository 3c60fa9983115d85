using Wage.Data;
using Wage.Experiments.Commands;
using Wage.Experiments.Runs;
using Wage.Observation;
using Wage.Training;

namespace Wage.Experiments.Ranks;

/// <summary>The ranks beside the first one in a training: they have no folder and no display, and do what the first one orders.</summary>
internal static class Follower
{
    /// <summary>Trains; the exit code.</summary>
    /// <exception cref="WageException">The ranks do not fit together.</exception>
    public static int Execute(TrainRequest request, RankGroup ranks)
    {
        RankJob.RequireSameRequest(ranks, request);
        ranks.Agree(() => { });
        var received = RankJob.Receive(ranks, request.Device);
        var (data, trainer) = ranks.Agreed(() =>
        {
            var (job, checkpoint) = received();
            var images = DataPlace.Load(job.Recipe, DataPlace.Of(job.Recipe, request.Data, job.DataFolder));
            var (device, threads) = (ranks.Device(request.Device ?? job.Device), ranks.Threads(request.Threads));
            return (images, Run.Build(job.Recipe, images, device, threads, checkpoint, null, ranks).Trainer);
        });
        try
        {
            RankJob.RequireSameStart(ranks, data, trainer);
            ranks.Gather(RankWork.Of(trainer, ranks));
            return Follow(trainer, data, ranks, ranks.Token);
        }
        finally
        {
            trainer.Dispose();
            trainer.Network.Dispose();
            trainer.Network.Backend.Dispose();
        }
    }

    private static int Follow(Trainer trainer, Dataset data, RankGroup ranks, CancellationToken token)
    {
        var orders = new Orders(ranks.Transport);
        while (true)
        {
            switch (orders.Take(token.IsCancellationRequested))
            {
                case Order.Step: trainer.Step(); break;
                case Order.Look: trainer.Step(new Blind()); break;
                case Order.Score: trainer.TrainScore(); break;
                case Order.Finish: Finish(); break;
                case Order.Write: ranks.Write(trainer, string.Empty, string.Empty, null); break;
                case Order.Test: BestTest.Score(trainer, RankJob.Read(ranks.Gather([])[0]), data.Test, string.Empty, ranks, token); break;
                case Order.End: return 0;
                case Order.Stop: return ExitCode.Interrupted;
                default: throw new InvalidOperationException("an order that this program does not know");
            }
        }

        void Finish()
        {
            try
            {
                trainer.FinishEpoch(token);
            }
            catch (OperationCanceledException)
            {
                // All ranks were; the first one saves and ends.
            }
        }
    }

    /// <summary>What is seen, the first rank sees whole.</summary>
    private sealed class Blind : IStepObserver
    {
        public void See(in StepTensor tensor)
        {
        }
    }
}
