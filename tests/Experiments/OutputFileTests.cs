using Wage.Tests.Data;

namespace Wage.Tests.Experiments;

/// <summary>A result takes the place of a result of its kind, and of nothing else: not of a run's checkpoint, not of somebody's notes.</summary>
[Parallelizable]
internal sealed class OutputFileTests
{
    private const string Notes = "what I must not lose";

    [Test]
    public void NothingOfAnotherKindIsWrittenOver()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("done"), 1, "training.epochs=1");
        File.WriteAllBytes(scratch.In("w.npz"), OwnDatasetTests.Npz(false, ("w", OwnDatasetTests.Npy("<f4", "(3, 4)", Scratch.Ramp(48)))));
        CommandLine.Do("compress", scratch.In("w.npz"), "-o", scratch.In("w.wagez"));
        File.WriteAllText(scratch.In("notes"), Notes);
        foreach (var place in new[] { scratch.In("notes"), scratch.Run("done").LastPath, scratch.Run("done").ConfigPath, scratch.In("done") })
        {
            Refused(place, "report", scratch.In("done"), "--out", place);
            Refused(place, "compress", scratch.In("w.npz"), "-o", place);
            Refused(place, "bench", "lenet-train", "--json", place);
            Refused(place, "export", scratch.In("done"), "--out", place);
        }

        Refused(scratch.Run("done").LastPath, "compress", "--restore", scratch.In("w.wagez"), "-o", scratch.Run("done").LastPath);
        Refused(scratch.In("w.npz"), "compress", "--restore", scratch.In("w.wagez"), "-o", scratch.In("w.npz"));
        foreach (var twice in new[] { 1, 2 })
        {
            Assert.That(CommandLine.Do("report", scratch.In("done"), "--out", scratch.In("a.html")), Is.Not.Empty, $"{twice}");
            CommandLine.Do("compress", scratch.In("w.npz"), "-o", scratch.In("w.wagez"));
            CommandLine.Do("export", scratch.In("done"), "--out", scratch.In("m.wplan"));
        }
    }

    private static void Refused(string place, params string[] arguments)
    {
        var before = File.Exists(place) ? File.ReadAllBytes(place) : [];
        var line = CommandLine.Refusal(arguments);
        Assert.That(line, Does.Contain(place).And.Match("is there, and no|is not the name of a file"), string.Join(' ', arguments));
        Assert.That(File.Exists(place) ? File.ReadAllBytes(place) : [], Is.EqualTo(before), string.Join(' ', arguments));
    }
}
