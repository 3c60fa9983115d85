using System.Buffers.Binary;
using System.Text;

namespace Wage.Tests.Experiments;

/// <summary>A refusal names what is wrong, not what the program stumbled over.</summary>
[Parallelizable]
internal sealed class PlainRefusalTests
{
    [TestCase("data: null", "data is a mapping of keys, not a value. HINT: give its keys values, such as data.set.")]
    [TestCase("model: null", "model is a mapping of keys, not a value")]
    [TestCase("scheme: { kind: uniform, ranges: in-hindsight }", "scheme.ranges is a mapping of keys, not a value")]
    [TestCase("scheme: { kind: affine, kE: 8 }", "the scheme affine has no 'scheme.kE'; wage, integer-sgd, uniform have it. HINT: leave it away")]
    [TestCase("scheme: { kind: affine, ranges: { A: running } }", "the scheme affine has no 'scheme.ranges.A'; integer-sgd, uniform have it.")]
    [TestCase("seed: 1\nseed: 2", "the key 'seed' is there twice. HINT: keep one of them.")]
    [TestCase("- 1", "a recipe is a mapping of keys to values. HINT: write")]
    public void ARecipe(string yaml, string why)
    {
        using var scratch = new ScratchFolder();
        File.WriteAllText(scratch.In("r.yaml"), yaml + "\n");
        Assert.That(CommandLine.Refusal("show", scratch.In("r.yaml")), Does.Contain(why));
    }

    [Test]
    public void ANumberThatIsNone()
    {
        Assert.That(CommandLine.Refusal("compress", "x", "--bits", "x"), Does.StartWith("wage: --bits: is 'x', but must be a whole number."));
        Assert.That(CommandLine.Refusal("train", "--epochs", "1.5"), Does.Contain("1.5").And.Not.Contain("System."));
        Assert.That(CommandLine.Refusal("quantize", "x", "--keep-float", ""), Does.Contain("--keep-float: is empty"));
    }

    [Test]
    public void FilesOfOtherKindsAndFoldersThatAreNotThere()
    {
        using var scratch = new ScratchFolder();
        TinyRun.Finish(scratch.Run("done"), 1, "training.epochs=1");
        CommandLine.Do("export", scratch.In("done"), "--out", scratch.In("m.wplan"));
        Assert.That(CommandLine.Refusal("convert", scratch.In("m.wplan")), Does.Contain("is a Wage model, not a checkpoint."));
        var missing = CommandLine.Refusal("export", scratch.In("done"), "--out", scratch.In("none/m.wplan"));
        Assert.That(missing, Does.Contain("its folder is not there. HINT: make the folder").And.Not.Contain(".tmp"));
        var header = Encoding.UTF8.GetBytes("""{"w":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]}}""");
        var start = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(start, header.Length);
        File.WriteAllBytes(scratch.In("cut.safetensors"), [.. start, .. header, .. new byte[40]]);
        Assert.That(CommandLine.Refusal("compress", scratch.In("cut.safetensors")), Does.Contain("40 bytes follow the header: the file is cut"));
    }
}
