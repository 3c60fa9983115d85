namespace Wage.Tests.Gpu.TensorCores;

/// <summary>The reader of PTX finds what it is there to find.</summary>
[Parallelizable]
public sealed class PtxTextTests
{
    private const string Loop = """
        .visible .entry Kernel(
        	.param .b64 data
        )
        {
        	.reg .b32	%r<9>;
        L_0:
        	cp.async.wait_group	1;
        	BARRIER
        	cp.async.cg.shared.global	[%r1], [%rd1], 16, %r2;
        	ldmatrix.sync.aligned.m8n8.x4.shared.b16	{%r3, %r4, %r5, %r6}, [%r7];
        	setp.lt.s32	%p1, %r3, %r8;
        	@%p1 bra	L_0;
        	ret;
        }
        """;

    [Test]
    public void ALoadThatNoBarrierPartsFromTheWaitIsFound() => Assert.Multiple(() =>
    {
        Assert.That(new PtxText(Loop.Replace("BARRIER", "bar.sync	0;")).Unordered("cp.async.wait_group", "ldmatrix", "bar.sync"), Is.Null);
        var open = new PtxText(Loop.Replace("BARRIER", "mov.b32	%r8, 1;"));
        Assert.That(open.Unordered("cp.async.wait_group", "ldmatrix", "bar.sync"), Does.Contain("ldmatrix"));
    });

    [Test]
    public void ALoadSunkIntoTheNextCopyIsFoundAroundTheLoop()
    {
        var sunk = Loop.Replace("	BARRIER\n", string.Empty).Replace("	cp.async.wait_group	1;", "	bar.sync	0;\n	cp.async.wait_group	1;");
        Assert.That(new PtxText(sunk).Unordered("ldmatrix", "cp.async.cg", "bar.sync"), Is.Null);
        var open = new PtxText(sunk.Replace("	bar.sync	0;\n", string.Empty));
        Assert.That(open.Unordered("ldmatrix", "cp.async.cg", "bar.sync"), Does.Contain("cp.async.cg"));
    }

    [Test]
    public void InstructionsAreCountedByTheirBeginning() => Assert.That(new PtxText(Loop).Count("ldmatrix"), Is.EqualTo(1));
}
