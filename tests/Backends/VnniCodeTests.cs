using Iced.Intel;
using Wage.Backends;
using Wage.Backends.Host;
using Wage.SelfTest;

namespace Wage.Tests.Backends;

/// <summary>
/// The emitted kernels on any machine: decoded again and run on simulated registers. Where the processor has VNNI, <see
/// cref="InstructionSetTests"/> run them on it.
/// </summary>
[Parallelizable]
public sealed unsafe class VnniCodeTests
{
    [Test]
    public void TheEmittedKernelsGiveTheSums([Values] bool bytes, [Values(1, 2, 3)] int panels)
    {
        var kernel = bytes ? SimulatedVnni.Kernels.Bytes! : SimulatedVnni.Kernels.Words;
        Assert.That(KernelCheck.Passes(kernel));
        for (var seed = 0UL; seed < 60; seed++)
        {
            using var one = new KernelCase(kernel, seed, panels, forwardOnly: false);
            Assert.That(one.Fault(kernel), Is.Null);
        }
    }

    [Test]
    public void TheTallKernelsGiveTheSums([Values] bool bytes)
    {
        var kernel = (bytes ? SimulatedVnni.Kernels.Bytes! : SimulatedVnni.Kernels.Words).Tall!;
        Assert.That(KernelCheck.Passes(kernel));
        for (var seed = 0UL; seed < 30; seed++)
        {
            using var one = new KernelCase(kernel, seed, 1, forwardOnly: false);
            Assert.That(one.Fault(kernel), Is.Null);
        }
    }

    [TestCase(-1, -1, true)]
    [TestCase(9, 7, false)]
    [TestCase(20, 7, false)]
    public void RowsLieEvenlyWhereEachEightIsTheFirstMoved(int row, int by, bool even)
    {
        var offsets = stackalloc int[TileKernel.WholeRows];
        for (var i = 0; i < TileKernel.WholeRows; i++) offsets[i] = (i % 8 * (i % 8)) + (i / 8 * 100) + (i == row ? by : 0);
        Assert.That(TileKernel.AreEven(offsets), Is.EqualTo(even));
    }

    [Test]
    public void ProductsThroughTheEmittedKernelsGiveTheReferenceIntegers()
    {
        using var reference = new ReferenceBackend();
        using var simulated = new HostBackend(2, new InstructionSetChoice(InstructionSet.Vnni, "simulated"), SimulatedVnni.Kernels);
        var differences = ProductCases.All().Where((_, i) => i % 3 == 0).Select(one => one.Difference(reference, simulated)).OfType<string>();
        Assert.That(differences.Take(10), Is.Empty);
    }

    /// <summary>Registers that belong to the caller, the stack and every byte that is not the kernel's.</summary>
    [Test]
    public void TheCallingConventionHolds([Values] bool bytes, [Values(1, 2, 3, -1)] int panels, [Values] bool windows)
    {
        var (groups, rows) = panels < 0 ? (VnniCode.Groups, TileKernel.WholeRows) : (1, VnniCode.Rows);     // -1: a tall tile
        panels = Math.Max(panels, 1);
        var processor = new SimulatedProcessor(VnniCode.Of(bytes, panels, windows, groups));
        Register[] kept = [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15,
            .. windows ? (Register[])[Register.RDI, Register.RSI] : []];
        foreach (var register in kept) processor[register] = 0x1234567800000000 + (long)register;
        for (var register = 6; register < 16; register++) processor.Vector(register).Fill(-register);
        var (steps, size) = (6, 4);
        var a = stackalloc int[144];
        var panel = stackalloc int[3 * 6 * TileLoop.Columns];
        var start = stackalloc int[3 * TileLoop.Columns];
        var c = stackalloc int[TileKernel.MostSums];
        var offsets = stackalloc int[8];
        for (var row = 0; row < 8; row++) offsets[row] = row * steps * (bytes ? 4 : 2);
        var loop = new TileLoop(1, 2, 3, 0, 3 * (bytes ? 4 : 2), bytes ? 4 : 2) { PanelStep = steps * TileLoop.StepBytes };
        var call = new TileCall(bytes ? 1 : 2, a, offsets, panel, &loop, start, c, panels * TileLoop.Columns, true);
        (call.Second, call.Third) = (8 * steps * size, 16 * steps * size);
        processor.AllowReading(a, (long)rows * steps * size);
        processor.AllowReading(panel, (long)panels * steps * TileLoop.StepBytes);
        processor.AllowReading(start, (long)panels * TileLoop.Columns * sizeof(int));
        processor.AllowWriting(c, (long)rows * panels * TileLoop.Columns * sizeof(int));
        processor.AllowWriting(&call, sizeof(TileCall));
        processor.Call((long)&call, windows);
        Assert.That(kept.Select(register => processor[register]), Is.EqualTo(kept.Select(register => 0x1234567800000000 + (long)register)));
        for (var register = 6; windows && register < 16; register++)
            Assert.That(processor.Vector(register)[..4].ToArray(), Is.All.EqualTo(-register));
        Assert.That(processor.UpperZeroed);
    }

    /// <summary>The same operands through code with one wrong instruction or operand.</summary>
    [TestCase("a saturating sum")]
    [TestCase("words for bytes")]
    [TestCase("the wrong accumulator")]
    [TestCase("a step too short")]
    public void AWrongInstructionIsFound(string fault)
    {
        var code = VnniCode.Of(bytes: true, panels: 2, windows: false);
        Spoil(code, fault);
        Spoiled.Processor = new SimulatedProcessor(code);
        var kernel = new TileKernel(VnniCode.Rows, 4, &SimulatedVnni.Bytes<One>, &Spoiled.Run) { Bias = QuadPacking.Bias };
        Assert.That(KernelCheck.Passes(kernel), Is.False);
        using var one = new KernelCase(kernel, 3, 2, forwardOnly: false);
        using var overflow = new KernelCase(kernel, 5, 2, forwardOnly: false);
        Assert.That(one.Fault(kernel) ?? overflow.Fault(kernel), Does.Contain("must be"));
    }

    private static void Spoil(byte[] code, string fault)
    {
        var all = new SimulatedProcessor(code).Program;
        var multiply = all.Where(i => i.Mnemonic == Mnemonic.Vpdpbusd).ElementAt(5);
        var step = all.Last(i => i.Mnemonic == Mnemonic.Add && i.Op0Register == Register.RBX && i.Op1Kind != OpKind.Register);
        const int opcode = 4;
        switch (fault)
        {
            case "a saturating sum": code[(int)multiply.IP + opcode] = 0x51; break;
            case "words for bytes": code[(int)multiply.IP + opcode] = 0x52; break;
            case "the wrong accumulator": code[(int)multiply.IP + opcode + 1] ^= 0x08; break;
            default: code[(int)step.NextIP - 1] = 32; break;
        }
    }

    private static class Spoiled
    {
        public static SimulatedProcessor? Processor { get; set; }

        public static void Run(void* rows, int* offsets, void* panels, TileLoop* loop, int* start, int* c, nint stride, bool accumulate)
        {
            // Near the end of int32, where saturating and wrapping part.
            for (var j = 0; j < 2 * TileLoop.Columns; j++) start[j] += accumulate ? 0 : int.MaxValue;
            var call = new TileCall(sizeof(byte), rows, offsets, panels, loop, start, c, stride, accumulate);
            Processor!.Call((long)&call, windows: false);
            for (var i = 0; i < VnniCode.Rows * 2 * TileLoop.Columns && !accumulate; i++)
                c[(i / (2 * TileLoop.Columns) * stride) + (i % (2 * TileLoop.Columns))] -= int.MaxValue;
        }
    }
}
