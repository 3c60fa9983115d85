using System.Globalization;
using System.Text.RegularExpressions;
using Wage.Backends;
using Wage.Data;
using Wage.Export.C;
using Wage.Layers;
using Wage.Models;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;
using Wage.Tests.Data;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Export;

/// <summary>
/// The program of a model compiles as C99 to the letter without a warning, does nothing that C leaves open, and gives the model's integers.
/// WAGE_EXPORT_PLANS is how many drawn models are tried.
/// </summary>
[Parallelizable]
public sealed partial class CProgramTests
{
    private const int Images = 5;
    private const int Few = 4;
    private static readonly int Plans = int.Parse(
        Environment.GetEnvironmentVariable("WAGE_EXPORT_PLANS") ?? $"{Few}", CultureInfo.InvariantCulture);

    private static readonly string[] Given = ["lenet", "vgg7", "resnet", "separable", "average", "wide sums", "table", "affine", "branches"];

    /// <summary>By one compiler or the other, of many plans by both.</summary>
    [Test]
    public void EveryNetworkGivesItsIntegersInC([ValueSource(nameof(Given))] string name)
    {
        var compilers = Plans > Few ? ["gcc", "clang"] : new[] { Array.IndexOf(Given, name) % 2 == 0 ? "gcc" : "clang" };
        foreach (var compiler in compilers) Compare(Trained(name), name, compiler);
    }

    [Test]
    public void DrawnModelsOfEveryOperationGiveTheirIntegersInC()
    {
        for (var seed = 0; seed < Plans; seed++) Compare(RandomPlans.Of(seed), $"model {seed}", seed % 3 == 0 ? "clang" : "gcc");
    }

    [Test]
    public void ProductsThatLookLikeOthersGiveTheirIntegersInC()
    {
        Compare(AwkwardPlans.GroupsOfOnePixel(isPacked: false), "groups", "gcc");
        Compare(AwkwardPlans.GroupsOfOnePixel(isPacked: true), "packed groups", "clang");
        Compare(AwkwardPlans.SumsWithACodeAround(), "sums", "gcc");
    }

    [Test]
    public void TheTableHasEveryOperationAndStage()
    {
        ModelPlan[] plans = [.. Enumerable.Range(0, 40).Select(RandomPlans.Of)];
        var operations = plans.SelectMany(plan => plan.Nodes).Select(node => node.Operation).ToArray();
        var library = typeof(PlanOperation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(PlanOperation)));
        Assert.That(operations.Select(one => one.GetType()).Distinct(), Is.EquivalentTo(library));
        var stages = operations.Select(one => one is ProductOperation p ? p.Stage?.Value : one is StageOperation s ? s.Stage.Value : null);
        Assert.That(stages.OfType<IOutputStage>().Select(stage => stage.GetType()).Distinct(), Is.EquivalentTo(new[]
        {
            typeof(RawStage), typeof(ReluStage), typeof(ShiftStage), typeof(ActivationStage), typeof(AffineStage),
        }));
        foreach (var file in plans.Select(ModelPlanFileTests.Of))
        {
            var source = CProgram.Of(file).Source;
            Assert.That(CProgram.Of(file).Source, Is.EqualTo(source), "the same model gives the same bytes");
        }
    }

    /// <summary>One shift of the source by one bit: the comparison would see it.</summary>
    [Test]
    public void AShiftThatIsOneBitOffChangesTheIntegers()
    {
        var plan = Trained("mlp");
        var program = CProgram.Of(ModelPlanFileTests.Of(plan));
        var shift = ShiftCall().Match(program.Source);
        Assert.That(shift.Success, program.Source);
        var off = int.Parse(shift.Groups[1].Value, CultureInfo.InvariantCulture) + 1;
        var (at, length) = (shift.Groups[1].Index, shift.Groups[1].Length);
        var planted = program with { Source = program.Source.Remove(at, length).Insert(at, $"{off}") };
        Assert.That(Scores(plan, planted, "gcc"), Is.Not.EqualTo(Expected(plan)));
        Assert.That(Scores(plan, program, "gcc"), Is.EqualTo(Expected(plan)));
    }

    [Test]
    public void NamesThatWouldEndAStringOrACommentAreOnlyNames()
    {
        var build = new PlanBuilder(new SignalSpec(new Shape(1, 1, 1, 2), ElementType.Int8, 0, 128));
        build.Add("*/ int main(void) { \\\n", new ReshapeOperation(), build[0] with { Shape = new Shape(1, 2) }, [0]);
        build.Add("static", new ReluOperation(), build[1], [1]);
        string[] names = ["\"); abort(); (\"", "??/ %s \\ é */"];
        var plan = build.ToPlan(new sbyte[256]);
        var program = CProgram.Of(new ModelPlanFile(plan, new DatasetDescription(new ImagePreparation(1, 1, 2), names)));
        CCompiler.Require("gcc");
        using var scratch = new Scratch();
        CCompiler.Write(program, scratch.Folder);
        CCompiler.Build("gcc", $"{CCompiler.Strict} -o model model.c example.c", scratch.Folder);
        Assert.That(CCompiler.Run(scratch.Path("model"), "", scratch.Folder, [1, 2]), Is.EqualTo($"{names[0]}: 0 0\n"));
        const string print = "#include <stdio.h>\n#include \"model.h\"\nint main(void) { puts(model_class_names[1]); return 0; }\n";
        File.WriteAllText(scratch.Path("second.c"), print);
        CCompiler.Build("gcc", $"{CCompiler.Strict} -o second model.c second.c", scratch.Folder);
        Assert.That(CCompiler.Run(scratch.Path("second"), "", scratch.Folder, []), Is.EqualTo($"{names[1]}\n"));
    }

    [Test]
    public void AProgramThatCannotReadOrWriteDoesNotEndWell()
    {
        CCompiler.Require("gcc");
        using var scratch = Compiled(CProgram.Of(ModelPlanFileTests.Of(Trained("affine"))));
        Assert.That(Ends("./model < . 2>&1"), Is.EqualTo("standard input: cannot be read\n1\n"));
        Assert.That(Ends("head -c 784 /dev/zero | ./model 2>&1 > /dev/full"), Is.EqualTo("standard output: cannot be written\n1\n"));

        string Ends(string command) => CCompiler.Run("sh", $"-c \"{command}; echo $?\"", scratch.Folder, []);
    }

    /// <summary>Two exports into a folder, of which one ended between its files.</summary>
    [Test]
    public void AHeaderOfAnotherExportIsRefusedByTheCompiler()
    {
        CCompiler.Require("gcc");
        var (one, other) = (CProgram.Of(ModelPlanFileTests.Of(Trained("affine"))), CProgram.Of(ModelPlanFileTests.Of(Trained("branches"))));
        using var scratch = new Scratch();
        CCompiler.Write(one with { Header = other.Header }, scratch.Folder);
        Assert.That(
            CCompiler.Run("sh", "-c \"gcc -std=c99 -c model.c || true\"", scratch.Folder, []),
            Does.Contain("model.h is of another export than this file"));
    }

    [Test]
    public void AProgramOfCppCallsIt()
    {
        CCompiler.Require("gcc");
        CCompiler.Require("g++");
        using var scratch = Compiled(CProgram.Of(ModelPlanFileTests.Of(Trained("affine"))), "-c model.c");
        const string call = "#include \"model.h\"\nint main() { model_score s[MODEL_CLASSES] = {}; return model_class(s); }\n";
        File.WriteAllText(scratch.Path("call.cpp"), call);
        CCompiler.Build("g++", "-Wall -Wextra -o call call.cpp model.o", scratch.Folder);
        CCompiler.Run(scratch.Path("call"), "", scratch.Folder, []);
    }

    private static Scratch Compiled(CProgram program, string what = "-o model model.c example.c")
    {
        var scratch = new Scratch();
        CCompiler.Write(program, scratch.Folder);
        CCompiler.Build("gcc", $"{CCompiler.Strict} {what}", scratch.Folder);
        return scratch;
    }

    [Test]
    public void WhatIsNotTheLibrarysIsRefusedByTheNodesName()
    {
        Refused(Trained("own layer"), "doubled: a Twice is a piece of somebody's own, which C");
        Refused(Of(new ErrorStage(8, Rounding.HalfEven)), "end: ends in ErrorStage, which C is not");
        Refused(Of(new ShiftStage(3, 127, Rounding.Stochastic)), "end: rounds by Stochastic, but a");

        static ModelPlan Of<S>(S stage)
            where S : unmanaged, IOutputStage
        {
            var build = new PlanBuilder(new SignalSpec(new Shape(1, 1, 1, 2), ElementType.Int8, 0, 128));
            build.Add("end", new StageOperation(FusedStage.Of(stage)), build[0] with { Shape = new Shape(1, 2) }, [0]);
            return build.ToPlan(new sbyte[256]);
        }

        static void Refused(ModelPlan plan, string why)
        {
            var error = Assert.Throws<WageException>(() => CProgram.Of(ModelPlanFileTests.Of(plan)))!;
            Assert.That(error.Message, Does.StartWith(why));
            Assert.That($"{error.Hint}", Does.StartWith("take "));
        }
    }

    [GeneratedRegex(@"even_32\(.*?, (\d+)\)")]
    private static partial Regex ShiftCall();

    private static ModelPlan Trained(string name)
    {
        using var backend = new HostBackend(1);
        return name switch
        {
            "affine" => AffinePlanTests.Plan(MultiplierRounding.Single, true),
            "branches" => AffineOperationTests.Plan(MultiplierRounding.Double),
            _ => ((Network)PlannedNetworks.Train(name, backend, steps: 1).Network).ToPlan(),
        };
    }

    private static long[] Expected(ModelPlan plan)
    {
        using var model = new IntegerModel(plan, new ReferenceBackend());
        return model.Scores(Scratch.Ramp(Images * plan.Image.Length), Images);
    }

    private static long[] Scores(ModelPlan plan, CProgram program, string compiler, string? options = null)
    {
        CCompiler.Require(compiler);
        return CCompiler.Scores(program, compiler, options ?? CCompiler.Sanitizers(compiler), Scratch.Ramp(Images * plan.Image.Length));
    }

    /// <summary>Under the sanitizers; of many plans with every optimization as well.</summary>
    private static void Compare(ModelPlan plan, string name, string compiler)
    {
        var (program, expected) = (CProgram.Of(ModelPlanFileTests.Of(plan)), Expected(plan));
        Assert.That(Scores(plan, program, compiler), Is.EqualTo(expected), $"{name} {compiler}");
        if (Plans > Few) Assert.That(Scores(plan, program, compiler, "-O3"), Is.EqualTo(expected), $"{name} {compiler} -O3");
    }
}
