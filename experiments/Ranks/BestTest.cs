using Wage.Data;
using Wage.Training;

namespace Wage.Experiments.Ranks;

/// <summary>What the weights of an earlier epoch make of the test images, by all ranks together. The trainer stays where it stands.</summary>
internal static class BestTest
{
    /// <summary>The score; null when it was interrupted.</summary>
    public static Score? Score(Trainer trainer, Checkpoint chosen, ImageSet test, string config, RankGroup ranks, CancellationToken token)
    {
        var last = trainer.Save(config);
        try
        {
            chosen.LoadWeights(trainer.Network);
            using var evaluator = new Evaluator(trainer.Network, test, ranks.Workers(trainer.Network.Backend));
            return evaluator.Run(token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            last.LoadWeights(trainer.Network);
        }
    }
}
