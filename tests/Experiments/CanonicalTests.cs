using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Wage.Experiments;
using Wage.Experiments.Recipes;

namespace Wage.Tests.Experiments;

/// <summary>A value is written in one spelling, and that spelling is read back as the same value.</summary>
[Parallelizable]
internal sealed class CanonicalTests
{
    private static readonly string[] Marks =
    [
        "", " ", ",", ":", ";", "/", ".", "-", "+", "^", "2^", "2^-", "0:", "e5", "0x", "#", " #", "'", "\"", "\\", "{", "}", "[", "]", "&a",
        "*a", "!",
        "|", ">", "%", "@", "`", "~", "?", "- ", "--- ", "null", "true", "True", "no", "é", "٣", "\u00A0", "\u2028", "\u2029", "\u0085", "\uFEFF",
        "\uFFFE", "\uFFFF", "\uD800", "\uDC00", "\U0001F600", "\0", "\a", "\n", "\r", "\t", "a", "Z", "_",
    ];

    private static readonly string[] Numbers =
    [
        "0", "00", "1", "7", "10", "200", "65536", "65537", "1000000", "2147483647", "2147483648", "4294967296", "1152921504606846976",
        "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "0.1", "0.125", ".5", "1/3", "3/2", "2^10",
        "2^-60", "2^62", "2^-62", "2^63", "1/9223372036854775807", "0.000000000000000001", "8, 200: 1", "0: 8, 200: 1/8",
    ];

    private static IEnumerable<TestCaseData> Keys => RecipeKeys.All.Select(key => new TestCaseData(key).SetArgDisplayNames(key.Name));

    [TestCaseSource(nameof(Keys))]
    public void TheSpellingOfAValueIsReadBackAsThatValue(object key) => Laws.Hold(Texts((RecipeKey)key), text => Holds((RecipeKey)key, text), 400);

    [Test]
    public void EveryRatioHasASpellingThatIsReadBack() => Laws.Hold(
        Gen.Choose(1, int.MaxValue).ArrayOf(4).Select(n => $"{Wide(n[0], n[1])}/{Wide(n[2], n[3])}"),
        text =>
        {
            Assert.That(ValueKind.Ratio.Canonical(text), Is.Not.Null, text);
            Holds(RecipeKeys.Find("scheme.beta")!, text);
            Holds(RecipeKeys.Find("training.eta")!, $"0: {text}, 3: {text}");
        });

    [TestCase("training.eta=2^-60"), TestCase("training.eta=2^62"), TestCase("training.eta=0.0000000001")]
    public void ALearningRateOutOfRangeIsRefusedInItsOwnWords(string setting) => Assert.That(
        Assert.Throws<WageException>(() => TinyRun.Recipe(setting))!.InWords(), Does.Contain("training.eta: is "));

    private static string Wide(int high, int low) => (((long)high << 31) | (long)low).ToString(CultureInfo.InvariantCulture);

    private static Gen<string> Texts(RecipeKey key)
    {
        string[] own = [key.Default, key.Name, .. key.Kind.Rule.Split(' ', ',').Where(word => word.Length > 0)];
        string[] parts = [.. Marks, .. Numbers];
        return Gen.OneOf(
            Gen.Elements(own), Gen.Elements(Numbers), Gen.Choose(0, 5).SelectMany(count => Gen.Elements(parts).ArrayOf(count)).Select(string.Concat),
            Gen.Choose(1, 3).SelectMany(count => Gen.Elements(own).ArrayOf(count)).Select(words => string.Join(", ", words)),
            Gen.Elements(parts).Select(part => key.Default + part), Gen.Elements(parts).Select(part => part + key.Default));
    }

    private static void Holds(RecipeKey key, string text)
    {
        try
        {
            if (key.Kind.Canonical(text) is { } canonical)
            {
                Assert.That(key.Kind.Canonical(canonical), Is.EqualTo(canonical), text);
                var read = RecipeReader.ReadText("c.yaml", $"{key.Name}: {key.Kind.ToYaml(canonical)}\n").Single();
                Assert.That(key.Kind.Canonical(read.Value), Is.EqualTo(canonical), text);
                Assert.That(OneLine.IsOne(canonical), text);
            }

            var recipe = Recipe.Resolve([new GivenValue(key.Name, text, "--set")]);
            Assert.That(Recipe.Resolve(RecipeReader.ReadText("c.yaml", recipe.ToYaml())).Differences(recipe), Is.Empty, text);
            Assert.That(recipe.With([]).Differences(recipe), Is.Empty, text);
        }
        catch (WageException refusal)
        {
            Assert.That(refusal.Message, Does.Not.Contain("\n"), text);
            Assert.That(refusal.Message.Length, Is.LessThan(700));
        }
    }
}
