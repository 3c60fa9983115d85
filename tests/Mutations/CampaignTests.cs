using System.Globalization;
using System.Text;

namespace Wage.Tests.Mutations;

/// <summary>
/// Damaged files are read or refused in one line; nothing else comes out of a reader, and none takes memory that its file does not promise.
/// WAGE_MUTATIONS is the number of damaged files for each reader: 100; a campaign takes 20000.
/// </summary>
[Parallelizable]
internal sealed class CampaignTests
{
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("WAGE_MUTATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds)
            ? rounds : 100;

    [Test]
    public void DamagedFilesAreReadOrRefused([ValueSource(typeof(Readers), nameof(Readers.Names))] string name)
    {
        using var readers = new Readers();
        var reader = readers[name];
        reader.ReadGood();
        var result = CampaignResult.Of(reader, Rounds);
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {Rounds} damaged, {result.Read} read, {result.Refused} refused; " +
            $"at most {result.MostBytes} bytes, {result.LongestMessage} characters"));
        Assert.That(result.Faults, Is.Empty);
        Assert.That(result.Read + result.Refused, Is.AtLeast(Rounds));
    }

    [Test]
    public void APlantedFaultIsFound()
    {
        using var scratch = new Experiments.ScratchFolder();
        var (path, good) = (scratch.In("a"), Encoding.ASCII.GetBytes("0123456789"));
        CampaignResult Campaign(Action<byte[]> read) =>
            CampaignResult.Of(new MutatedReader("planted", good, path, () => read(File.ReadAllBytes(path))) { MostBytes = 1 << 20 }, 200);
        Assert.That(Campaign(bytes => { }).Faults, Is.Empty);
        Assert.That(Campaign(bytes => throw new WageException($"{path}: no.")).Faults, Is.Empty);
        Assert.That(Campaign(bytes => _ = bytes[9]).Faults, Has.Some.Contains(nameof(IndexOutOfRangeException)));
        Assert.That(Campaign(bytes => { if (bytes.Length > 10) throw new InvalidOperationException(); }).Faults, Is.Not.Empty);
        Assert.That(Campaign(bytes => GC.KeepAlive(new byte[bytes.Length < 10 ? 2 << 20 : 1])).Faults, Has.Some.Contains("bytes"));
        Assert.That(Campaign(bytes => throw new WageException(new string('x', 301))).Faults, Is.Not.Empty);
    }

    [Test]
    public void ADamageIsTheSameForTheSameRound()
    {
        var good = Encoding.ASCII.GetBytes("{\"a\": [1, 2.5, \"text\"]}");
        var all = Enumerable.Range(0, 500).Select(round => Convert.ToHexString(Mutator.Mutate(good, round))).ToList();
        Assert.That(Enumerable.Range(0, 500).Select(round => Convert.ToHexString(Mutator.Mutate(good, round))), Is.EqualTo(all));
        Assert.That(all.Distinct().Count(), Is.GreaterThan(400));
    }
}
