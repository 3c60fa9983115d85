using Wage.Backends;
using Wage.Gpu;
using Wage.Schemes;

namespace Wage.Tests.Architecture;

[Parallelizable]
public sealed class ArchitectureTests
{
    private static readonly string Core = typeof(IBackend).Assembly.Location;
    private static readonly string Kernels = typeof(IlgpuBackend).Assembly.Location;
    private static readonly string Tests = typeof(ArchitectureTests).Assembly.Location;

    private static readonly HashSet<string> ConcreteSchemes =
        [.. typeof(Scheme).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Scheme))).Select(type => type.FullName!)];

    private static readonly HashSet<string> RegisteredSchemes = [.. ConcreteSchemes.Where(name => name != typeof(ComposedScheme).FullName)];

    private static readonly HashSet<string> NamedSchemes = [.. RegisteredSchemes, .. typeof(Scheme).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(Scheme).Namespace && type.GetProperty("Kind")?.GetGetMethod()?.IsStatic == true)
        .Select(type => type.FullName!)];

    [Test]
    public void NobodyOutsideTheSchemesAsksWhichSchemeItIs() => Assert.That(
        AssemblyScan.Of(Core).Where(use => Rules.IsTypeTest(use, ConcreteSchemes) && !Rules.IsIn(use.Owner, typeof(Scheme).Namespace!)), Is.Empty);

    /// <summary>Neither by its class nor by its kind: what differs between schemes is asked of the scheme.</summary>
    [Test]
    public void NobodyOutsideTheSchemesNamesAScheme() => Assert.That(
        AssemblyScan.Of(Core).Where(use => Rules.Names(use, NamedSchemes) && !Rules.IsIn(use.Owner, typeof(Scheme).Namespace!)), Is.Empty);

    [TestCase("NamesAKind")]
    [TestCase("SchemeMaker")]
    public void APlantedNameOfASchemeIsFound(string planted) =>
        Assert.That(Uses(planted).Where(use => Rules.Names(use, NamedSchemes)), Is.Not.Empty);

    [TestCase("SchemeTest")]
    [TestCase("SchemeCast")]
    [TestCase("SchemeSwitch")]
    public void APlantedTestOfTheSchemeIsFound(string planted) =>
        Assert.That(Uses(planted).Where(use => Rules.IsTypeTest(use, ConcreteSchemes)), Is.Not.Empty);

    /// <summary>Schemes are made by their names, or by their options: so they say which they are, and recipes have them.</summary>
    [Test]
    public void NobodyOutsideTheSchemesMakesASchemeOfTheRegistry() => Assert.That(
        new[] { Core, Kernels, typeof(Wage.Experiments.Recipes.Recipe).Assembly.Location, Tests }.SelectMany(path => AssemblyScan.Of(path)).Where(
            use => Rules.IsConstruction(use, RegisteredSchemes)
            && !Rules.IsIn(use.Owner, typeof(Scheme).Namespace!) && !Rules.IsIn(use.Owner, typeof(Planted.Clean).Namespace!)), Is.Empty);

    [Test]
    public void APlantedConstructionOfASchemeIsFound() =>
        Assert.That(Uses("SchemeMaker").Where(use => Rules.IsConstruction(use, RegisteredSchemes)), Is.Not.Empty);

    [Test]
    public void TheCoreUsesNoClockNoThreadNumberAndNoLibraryRandomness()
    {
        var uses = AssemblyScan.Of(Core).Where(use => !Rules.ClockDomains.Any(space => Rules.IsIn(use.Owner, space)));
        Assert.That(uses.Where(Rules.IsHiddenState), Is.Empty);
    }

    [Test]
    public void TheKernelsUseNoClockNoThreadNumberAndNoLibraryRandomness() =>
        Assert.That(AssemblyScan.Of(Kernels).Where(Rules.IsHiddenState), Is.Empty);

    [Test]
    public void TheKernelsReferToTheCoreAndToIlgpuOnly() => Assert.That(
        AssemblyScan.References(Kernels),
        Has.All.StartsWith("System.").Or.EqualTo("Wage.Core").Or.EqualTo("ILGPU").Or.EqualTo("ILGPU.Algorithms"));

    [Test]
    public void NothingThatComputesRefersToWhatMeasuresIt() => Assert.That(AssemblyScan.Of(Core).Where(Rules.IsDiagnostics), Is.Empty);

    [Test]
    public void ACallOfWhatMeasuresIsFound() => Assert.That(Uses("Measures").Where(Rules.IsDiagnostics), Is.Not.Empty);

    [TestCase("Ticks")]
    [TestCase("Watch")]
    [TestCase("Dice")]
    [TestCase("Date")]
    [TestCase("ThreadNumber")]
    [TestCase("ClockField")]
    public void PlantedHiddenStateIsFound(string planted) => Assert.That(Uses(planted).Where(Rules.IsHiddenState), Is.Not.Empty);

    [Test]
    public void CodeWithoutHiddenStateIsNotAccused() =>
        Assert.That(Uses("Clean").Where(use => Rules.IsHiddenState(use) || Rules.IsTypeTest(use, ConcreteSchemes)), Is.Empty);

    [Test]
    public void TheCoreRefersToNothingButTheRuntimeAndTheAssembler() => Assert.That(
        AssemblyScan.References(Core), Has.All.StartsWith("System.").Or.EqualTo("Iced"),
        "the core knows neither ILGPU nor any other package");

    [Test]
    public void AReferenceToAPackageIsFound() => Assert.That(AssemblyScan.References(Tests), Has.Some.Not.StartsWith("System."));

    private static IEnumerable<Use> Uses(string planted)
    {
        var name = $"{typeof(Planted.Clean).Namespace}.{planted}";
        return AssemblyScan.Of(Tests, owner => owner == name || Rules.IsIn(owner, name));
    }
}
