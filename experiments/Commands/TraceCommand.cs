using System.CommandLine;
using System.Globalization;
using Wage.Experiments.Display;
using Wage.Experiments.Runs;
using Wage.Experiments.Traces;
using Wage.Models;
using Wage.Schemes;

namespace Wage.Experiments.Commands;

/// <summary>wage trace: every tensor of a few training steps, as .npy files.</summary>
internal static class TraceCommand
{
    private const int MostSteps = 1000;

    public static Command Create()
    {
        var target = new Argument<string>("RECIPE|CHECKPOINT|MODEL")
        {
            Description =
                "A recipe, traced from its initial weights; a checkpoint or run folder, traced from where it stands; or a model's file: its answers.",
        };
        var steps = new Option<int>("--steps") { Description = "The steps to trace.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "The folder to write: new or empty.", HelpName = "DIR", Required = true };
        var images = new Option<string[]>("--images")
        {
            Description = "Of a model's file: the images, as `wage predict` takes them. Default: 0..3 of the test set.",
            HelpName = "IMAGE",
            AllowMultipleArgumentsPerToken = true,
        };
        var hex = new Option<bool>("--hex") { Description = "Beside each .npy the same for Verilog's $readmemh." };
        var set = CommonOptions.Set("Override keys of a recipe; a small training.batch keeps the arrays small.");
        var (threads, device, data) = (CommonOptions.Threads(), CommonOptions.Device(), CommonOptions.Data());
        const string about = "Write every tensor of some training steps, or of a model's answers, as .npy, with a manifest (docs/trace.md).";
        var command = new Command("trace", about)
        {
            target, steps, images, hex, output, set, threads, device, data,
        };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            var request = new TraceRequest(
                parsed.GetValue(target)!, parsed.GetValue(steps), parsed.GetValue(output)!, parsed.GetValue(set) ?? [],
                parsed.GetValue(device) ?? "auto", parsed.GetValue(threads), parsed.GetValue(data))
            { IsHex = parsed.GetValue(hex) };
            string[] given = parsed.GetValue(images) ?? [];
            if (ModelPlanFile.Begins(request.Target)) return Answers(request, given, Console.Out);
            if (given.Length > 0) throw new WageException("--images: is for a model's file; a step has the images of its batch.");
            return Execute(request, Console.Out, interruption.Token);
        });
        return command;
    }

    /// <summary>Traces what a model answers; the exit code.</summary>
    private static int Answers(TraceRequest request, string[] images, TextWriter output)
    {
        if (request.Settings.Count > 0) throw new WageException("--set: is for recipes; a model is what it is.");
        if (request.Steps != 1) throw new WageException("--steps: is for trainings; a model answers --images.");
        if (request.Device is not ("auto" or "cpu"))
            throw new WageException($"--device: is '{OneLine.Quote(request.Device)}', but answers are traced on the cpu.", "leave it away.");
        PlanTrace.Write(SavedPlan.Open(request.Target), images.Length > 0 ? images : ["0..3"], request, output);
        return 0;
    }

    /// <summary>Traces; the exit code.</summary>
    /// <exception cref="WageException">Something does not fit; nothing was written.</exception>
    public static int Execute(TraceRequest request, TextWriter output, CancellationToken token)
    {
        if (request.Steps is < 1 or > MostSteps)
            throw new WageException(string.Create(CultureInfo.InvariantCulture, $"--steps: is {request.Steps}, but must be from 1 to {MostSteps}."));
        var (recipe, saved) = GivenNetwork.Open(request.Target, request.Settings);
        var kind = recipe.SchemeSettings.Kind.Name;
        if (kind is not ("wage" or "integer-sgd"))
            throw new WageException($"{recipe.Name}: has the scheme {kind}, but traces describe the steps of wage and integer-sgd.");
        if (kind == "wage" && WageOptions.Of(recipe.SchemeSettings).Hybrid is not null)
            throw new WageException(
                $"{recipe.Name}: its weights are ternary in part, but traces describe steps in which Q_W alone makes them.",
                "take scheme.hybrid.ratio=none.");
        if (recipe.Layers.Options.FirstOrDefault(own => own is { Option: LayerOption.Train, Value: "false" }) is { Layer: { } frozen })
            throw new WageException(
                $"{recipe.Name}: {frozen} does not learn, but traces describe steps in which every layer does.", "leave train away.");
        var data = DataPlace.Load(recipe, DataPlace.Of(recipe, request.Data));
        using var backend = Devices.Create(Devices.ForTesting(request.Device, recipe), request.Threads);
        using var trainer = RunBuilder.BuildTrainer(recipe, data, backend, isNew: saved is null);
        using var network = trainer.Network;
        if (saved is not null) trainer.Load(saved.Checkpoint);
        var run = new TraceRun(recipe, trainer, request.Out, request.IsHex);
        var done = run.Execute(request.Steps, output, token);
        output.WriteLine($"manifest       {run.ManifestPath}");
        output.WriteLine($"weightsSha256  {trainer.Network.WeightsSha256()} after {Format.Counted(trainer.StepsDone, "step")}");
        if (done == request.Steps) return 0;
        output.WriteLine($"interrupted after {Format.Count(done)} of {Format.Count(request.Steps)} steps");
        return ExitCode.Interrupted;
    }
}
