using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Recipes;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Schemes;
using Wage.Training;

namespace Wage.Experiments.Traces;

/// <summary>Traces the next steps of a trainer into a folder.</summary>
internal sealed class TraceRun(Recipe recipe, Trainer trainer, string folder, bool isHex)
{
    private readonly TraceManifest manifest = new(recipe, (Network)trainer.Network);

    /// <summary>The manifest's path.</summary>
    public string ManifestPath => Path.Combine(folder, "manifest.json");

    /// <summary>Traces until the steps are done or the token is cancelled, which ends after the current step; the steps traced.</summary>
    /// <exception cref="WageException">The folder holds something already, or cannot be written.</exception>
    public int Execute(int steps, TextWriter output, CancellationToken token)
    {
        TraceArrays.Make(folder);
        var done = 0;
        for (; done < steps && !token.IsCancellationRequested; done++) Step(output, token);
        manifest.Write(ManifestPath);
        return done;
    }

    private void Step(TextWriter output, CancellationToken token)
    {
        if (trainer.StepInEpoch == trainer.StepsPerEpoch) trainer.FinishEpoch(token);
        var (step, epoch, eta) = (trainer.StepsDone, trainer.Epoch + 1, trainer.Rate);
        var name = string.Create(CultureInfo.InvariantCulture, $"step-{step:000000}");
        Directory.CreateDirectory(Path.Combine(folder, name));
        var arrays = new TraceArrays(folder, isHex);
        var trace = new StepTrace(trainer.Network.Backend, arrays, name, layer => Rule(layer, eta), layer => Key(layer, step));
        var states = recipe.SchemeSettings.Kind.Name == "wage" ? [] : ((Network)trainer.Network).States;
        trace.See(states, isAfter: false);
        trainer.Step(trace);
        trace.See(states, isAfter: true);
        manifest.Add(step, epoch, eta, trace.Tensors);
        output.WriteLine($"{name}  {Format.Count(trace.Tensors.Count)} arrays, {Format.Count((arrays.Bytes + 1023) / 1024)} KiB");
    }

    private GradientRule Rule(string layer, Ratio eta)
    {
        var own = recipe.Layers.Layers.FirstOrDefault(one => one.Layer == layer).Settings ?? recipe.SchemeSettings;
        return new GradientRule(eta, WageOptions.Of(own).Randomizer, WageOptions.Of(own).Rounding);
    }

    private RandomKey Key(string layer, long step)
    {
        var parameter = trainer.Network.QuantizedWeights.First(w => w.Name == layer);
        return new RandomKey(recipe.Seed, RandomStream.Gradient(parameter.Index), (uint)step);
    }
}
