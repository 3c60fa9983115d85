using System.Text.RegularExpressions;
using Wage.Backends;
using Wage.Experiments;
using Wage.Experiments.Recipes;
using Wage.Gpu;
using Wage.Images;
using Wage.Models;
using Wage.Mpi;
using Wage.Onnx;
using Wage.Schemes;

namespace Wage.Tests.Architecture;

/// <summary>The library's texts name no option, command or recipe's key: messages have terms, which the console words.</summary>
[Parallelizable]
public sealed class ConsoleNamesTests
{
    private static readonly string[] Library =
    [
        typeof(IBackend).Assembly.Location, typeof(IlgpuBackend).Assembly.Location, typeof(ImageFolder).Assembly.Location,
        typeof(OnnxFile).Assembly.Location, typeof(MpiWorld).Assembly.Location,
    ];

    private static readonly Regex Names = new(
        @"(?<![\w-])--[a-z]|WAGE_DATA|scheme\.$|(?<![\w.])(" + string.Join('|', Keys().Select(Regex.Escape)) + @")(?!\w)|\bwage (" +
        string.Join('|', Program.Root().Subcommands.Select(command => command.Name)) + @")\b");

    [Test]
    public void NoTextOfTheLibraryNamesWhatTheConsoleHas()
    {
        var texts = Library.SelectMany(path => AssemblyScan.Of(path)).Where(use => use.Kind == "ldstr").ToList();
        Assert.That(texts, Has.Count.GreaterThan(500).And.Some.Property(nameof(Use.Target)).Contains("the training diverged"), "the texts are read");
        Assert.That(texts.Where(use => Names.IsMatch(use.Target) && !StandsInFiles(use)), Is.Empty);
    }

    [Test]
    public void EveryProjectOfTheLibraryIsRead() =>
        Assert.That(Directory.GetDirectories(Repository.Path("src")), Has.Length.EqualTo(Library.Length));

    [TestCase("NamesAnOption", 1), TestCase("NamesAKey", 1), TestCase("NamesAnOptionsKey", 1), TestCase("NamesACommand", 1)]
    [TestCase("NamesAVariable", 1), TestCase("NamesNothing", 0)]
    public void APlantedNameIsFound(string planted, int count)
    {
        var owner = $"{typeof(Planted.Clean).Namespace}.{planted}";
        var uses = AssemblyScan.Of(typeof(Planted.Clean).Assembly.Location, one => one == owner).Where(use => use.Kind == "ldstr");
        Assert.That(uses.Count(use => Names.IsMatch(use.Target)), Is.EqualTo(count));
    }

    /// <summary>The names of a checkpoint's traits are those of the keys; they stand in files, in one place of the code.</summary>
    private static bool StandsInFiles(Use use) => use.Owner == typeof(ModelIdentity).FullName && use.Target == ModelIdentity.SchemePrefix;

    private static IEnumerable<string> Keys() =>
        SchemeRegistry.Kinds.SelectMany(RecipeKeys.Of).Select(key => key.Name).Where(name => name.Contains('.', StringComparison.Ordinal)).Distinct();
}
