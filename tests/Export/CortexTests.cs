using System.Globalization;
using System.Text.RegularExpressions;
using Wage.Backends;
using Wage.Data;
using Wage.Export.C;
using Wage.Models;
using Wage.Numbers;
using Wage.Tests.Data;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Export;

/// <summary>
/// The same source on a microcontroller, which QEMU simulates: a Cortex-M3 without a library, startup and linker script in the folder Cortex. Of
/// WAGE_EXPORT_MODELS each model of images with one channel is asked about WAGE_EXPORT_IMAGES test images, at most 100.
/// </summary>
[Parallelizable]
public sealed partial class CortexTests
{
    private const string Freestanding = "-mcpu=cortex-m3 -mthumb -ffreestanding -fno-tree-loop-distribute-patterns";
    private static readonly string? Folder = Environment.GetEnvironmentVariable("WAGE_EXPORT_MODELS");
    private static readonly string[] Names = Folder is null
        ? ["lenet", "affine"] : [.. Directory.GetFiles(Folder, "*.wplan").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    private static IEnumerable<string> Trained => TrainedPrograms.Images > 0 ? ["mlp crossEntropy", "lenet5 sse"] : ["mlp of 12 bits"];

    [Test]
    public void TheScoresOnACortexMAreTheModels([ValueSource(nameof(Names))] string name)
    {
        CCompiler.Require("arm-none-eabi-gcc");
        CCompiler.Require("qemu-system-arm");
        using var backend = new HostBackend(1);
        var (model, pixels) = Folder is null ? Small(name, backend) : Whole(name);
        using var scratch = new Scratch();
        var (program, count) = (CProgram.Of(model), pixels.Length / model.Plan.Image.Length);
        CCompiler.Write(program, scratch.Folder);
        File.WriteAllText(
            scratch.Path("images.h"),
            $"#define IMAGES {count}\nstatic const uint8_t images[{pixels.Length}] = {{ {string.Join(", ", pixels)} }};\n");
        var output = Run("model.c", "main.c", scratch.Folder, out var instructions);
        using var integers = new IntegerModel(model.Plan, backend);
        Assert.That(CCompiler.Scores(output[..instructions.Index]), Is.EqualTo(integers.Scores(pixels, count)));
        TestContext.Out.WriteLine($"{name}: {count} images, {instructions.Groups[1].Value} instructions an image");
    }

    [Test]
    public void ATrainingOnACortexMEndsWithTheFrameworksWeights([ValueSource(nameof(Trained))] string name)
    {
        CCompiler.Require("arm-none-eabi-gcc");
        CCompiler.Require("qemu-system-arm");
        using var backend = new HostBackend(1);
        using var one = TrainedPrograms.Start(name, backend);
        using var scratch = new Scratch();
        CCompiler.Write(one.Model, scratch.Folder);
        CCompiler.Write(one.Program, scratch.Folder);
        var length = one.Samples.Length / (one.Trainer.Network.ImageShape.Stride + 1);
        var samples = one.Samples.Chunk(one.Samples.Length / length).ToArray();
        File.WriteAllText(
            scratch.Path("samples.h"),
            $"#define STEPS {one.Steps}\n{Bytes("labels", samples.Select(sample => sample[0]))}" +
            Bytes("images", samples.SelectMany(sample => sample[1..])));
        var output = Run("training.c", "train.c", scratch.Folder, out var instructions);
        Assert.That(output, Does.StartWith($"weights {one.GoOn()}\n"));
        TestContext.Out.WriteLine(
            $"{name}: {one.Steps} steps of {one.Trainer.Network.ImageShape[0]} images, {instructions.Groups[1].Value} instructions a step");

        static string Bytes(string name, IEnumerable<byte> values) => $"static const uint8_t {name}[] = {{ {string.Join(", ", values)} }};\n";
    }

    /// <summary>Builds a source with a main of the folder Cortex and runs it; what it says before the count of its instructions.</summary>
    private static string Run(string source, string main, string folder, out Match instructions)
    {
        var own = Repository.Path("tests/Export/Cortex");
        CCompiler.Build("arm-none-eabi-gcc", $"{CCompiler.Strict} -O3 -funroll-loops {Freestanding} -c {source} -o model.o", folder);
        CCompiler.Build(
            "arm-none-eabi-gcc", $"-O2 {Freestanding} -I. -I{own} -nostdlib -T {own}/link.ld -o model.elf model.o {own}/{main} -lgcc", folder);
        const string board = "-M mps2-an385 -nographic -monitor none -serial none -semihosting -icount shift=0 -kernel model.elf";
        var output = CCompiler.Run("qemu-system-arm", board, folder, []);
        instructions = Instructions().Match(output);
        Assert.That(instructions.Success, output);
        return output;
    }

    private static (ModelPlanFile Model, byte[] Pixels) Small(string name, IBackend backend)
    {
        var plan = name == "affine" ? AffinePlanTests.Plan(MultiplierRounding.Double, true)
            : ((Network)PlannedNetworks.Train(name, backend, steps: 1).Network).ToPlan();
        return (ModelPlanFileTests.Of(plan), Scratch.Ramp(3 * plan.Image.Length));
    }

    private static (ModelPlanFile Model, byte[] Pixels) Whole(string name)
    {
        var model = ModelPlanFile.Read(Path.Combine(Folder!, $"{name}.wplan"));
        if (model.Plan.Image[3] != 1) Assert.Ignore($"{name} is not of MNIST's images");
        var count = Math.Min(100, int.Parse(Environment.GetEnvironmentVariable("WAGE_EXPORT_IMAGES") ?? "100", CultureInfo.InvariantCulture));
        var set = DatasetCatalog.Load("mnist", Environment.GetEnvironmentVariable("WAGE_DATA")).Test;
        return (model, set.Pixels[..(count * model.Plan.Image.Length)]);
    }

    [GeneratedRegex(@"instructions (\d+)")]
    private static partial Regex Instructions();
}
