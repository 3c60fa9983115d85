using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Training;

namespace Wage.Tests.Training;

[Parallelizable]
internal sealed class PredictionTests
{
    [TestCase("sse", "cpu")]
    [TestCase("crossEntropy", "reference")]
    public void ThePredictedClassesAreTheHitsThatTheEvaluatorCounts(string loss, string device)
    {
        var recipe = Recipe.Resolve(RecipeReader.ReadText("r", $$"""
            data: { set: digits, train: 60, test: 50 }
            model: { kind: mlp, sizes: [12, 10] }
            loss: {{loss}}
            training: { batch: 16, eta: 1 }
            """));
        var data = DataPlace.Load(recipe, null);
        using var backend = Devices.Create(device, 1);
        var trainer = RunBuilder.BuildTrainer(recipe, data, backend);
        for (var step = 0; step < 3; step++) trainer.Step();
        trainer.TrainScore();
        var evaluator = new Evaluator(trainer.Network, data.Test);
        var score = evaluator.Run();
        var classes = evaluator.Predict();
        Assert.That(classes, Has.Length.EqualTo(50), "the last batch is not full");
        Assert.That(classes.Where((given, i) => given == data.Test.Labels[i]).Count(), Is.EqualTo(score.Correct));
        Assert.That(evaluator.Run(), Is.EqualTo(score), "predicting leaves no metrics behind");
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.That(() => evaluator.Predict(stopped.Token), Throws.InstanceOf<OperationCanceledException>());
    }
}
