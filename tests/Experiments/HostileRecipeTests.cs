using System.Text;
using Wage.Experiments.Recipes;

namespace Wage.Tests.Experiments;

[Parallelizable]
internal sealed class HostileRecipeTests
{
    private static readonly string Deep = new string('[', 60_000);
    private static readonly string DeepMapping = string.Concat(Enumerable.Range(0, 200).Select(i => new string(' ', i) + "a:\n"));

    private static readonly (string Text, string Part)[] Texts =
    [
        ("training: { epochs: 3", "h.yaml:"),
        ("training:\n  epochs: 3\n  epochs: 4\n", "h.yaml:3: the key 'training.epochs' is there twice"),
        ("training: { epochs: 3 }\ntraining: { batch: 4 }\n", "h.yaml:2: the key 'training' is there twice"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors and aliases"),
        ("name: *nobody\n", "anchors and aliases"),
        ("- digits\n", "a recipe is a mapping"),
        ("digits\n", "a recipe is a mapping"),
        ("name: a\n---\nname: b\n", "one document"),
        ("training:\n\tepochs: 3\n", "h.yaml:"),
        ("training:\n  epochs:\n", "training.epochs is ''"),
        ("training:\n  epochs: [[3]]\n", "h.yaml:2"),
        ("? [a, b]\n: c\n", "h.yaml:1"),
        ("name: \"a\\x1bb\"\n", "name is"),
        ("%YAML 9.9\n---\nname: a\n", "h.yaml"),
        ("name: \0\n", "h.yaml"),
        (Deep, "h.yaml"),
        ("training:\n  eta: " + Deep, "h.yaml"),
        (DeepMapping, "nested deeper"),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        Texts.Select((hostile, i) => new TestCaseData(hostile.Text, hostile.Part).SetArgDisplayNames($"{i}: {hostile.Part}"));

    [TestCaseSource(nameof(Cases))]
    public void AHostileTextIsRefusedInOneLine(string text, string part)
    {
        var refusal = Assert.Throws<WageException>(() => Recipe.Resolve(RecipeReader.ReadText("h.yaml", text)));
        Assert.That(refusal!.Message, Does.Contain(part).And.Not.Contain("\n"));
        Assert.That(refusal.Message.Length, Is.LessThan(400));
    }

    [Test]
    public void RandomDamageToARecipeIsReadOrRefusedButNeverCrashes()
    {
        var random = new Random(7);
        const string marks = "{}[]:,-#&*!|>'\"%@`?\n\t \0é09";
        for (var round = 0; round < 3000; round++)
        {
            var text = new StringBuilder(TinyRun.Yaml);
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) == 0) text.Remove(at, Math.Min(text.Length - at, random.Next(1, 20)));
                else text.Insert(at, marks[random.Next(marks.Length)]);
                if (text.Length == 0) text.Append('x');
            }

            try
            {
                Recipe.Resolve(RecipeReader.ReadText("h.yaml", text.ToString()));
            }
            catch (WageException refusal)
            {
                Assert.That(refusal.Message, Does.Not.Contain("\n"), text.ToString());
            }
        }
    }

    [Test]
    public void AFileOf100MegabytesIsRefusedWithoutReadingIt()
    {
        using var scratch = new ScratchFolder();
        var path = scratch.In("huge.yaml");
        using (var file = File.Create(path)) file.SetLength(100_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => RecipeReader.ReadFile(path),
            Throws.TypeOf<WageException>().With.Message.Contains("huge.yaml: has 100000000 bytes; of a recipe at most 65536 are read"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void AFileThatIsNotTextIsRefusedByName()
    {
        using var scratch = new ScratchFolder();
        var path = scratch.In("binary.yaml");
        File.WriteAllBytes(path, [0xFF, 0xFE, 0x00, 0x80]);
        Assert.That(() => RecipeReader.ReadFile(path),
            Throws.TypeOf<WageException>().With.Message.Contains("binary.yaml: is not a text in UTF-8"));
        Assert.That(() => RecipeReader.ReadFile(scratch.In("none.yaml")),
            Throws.TypeOf<WageException>().With.Message.Contains("none.yaml"));
    }

    [Test]
    public void AnEmptyFileIsTheDefaults() =>
        Assert.That(Recipe.Resolve(RecipeReader.ReadText("e.yaml", "# nothing\n")).Differences(Recipe.Resolve([])), Is.Empty);
}
