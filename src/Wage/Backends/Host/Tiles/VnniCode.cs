using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Wage.Backends.Host;

/// <summary>
/// The tile product in AVX-512 VNNI instructions, which .NET has no names for: vpdpbusd multiplies four unsigned bytes of a row with four
/// signed ones of a column and adds them to a sum of 32 bits; vpdpwssd does so with pairs of int16. Neither saturates, so sums are exact
/// modulo 2^32.
/// </summary>
/// <remarks>
/// A tile of 8 rows by 3 panels has 24 sums; with 3 panel operands and 2 row operands in turn that is 29 of the 32 registers. A step is 24
/// multiplications and 11 loads (a row operand is broadcast once, by a load port alone, and serves three panels; broadcasting within each
/// multiplication would take 27). Intel's servers start two multiplications a cycle (ports 0 and 5) and two loads: 12 cycles against 5.5.
/// Zen 4 has one 512-bit multiplication and two loads of half the width a cycle: 24 against 14 or fewer. So multiplication sets the pace on
/// both, with 24 independent sums against the 8 to 10 that its latency of 4 to 5 cycles asks for; 2 panels still have 16, and 1 panel its
/// 8, and much of its time between the tiles: where rows allow it, a tall tile takes 24 of them. Loop control adds 4 instructions to 35: 3.3 a cycle
/// on Intel's, whose front end gives 5 or 6.
/// </remarks>
internal static class VnniCode
{
    /// <summary>Rows of a tile.</summary>
    public const int Rows = 8;

    /// <summary>Eights of rows of a tall tile, which has one panel.</summary>
    public const int Groups = 3;

    private const int MostPanels = 3;
    private const int XmmBytes = 16;
    private const int FirstSavedXmm = 6;
    private const int SavedXmm = 10;

    private static readonly AssemblerRegisterZMM[] Zmm =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    private static readonly AssemblerRegisterXMM[] Xmm =
        [xmm0, xmm1, xmm2, xmm3, xmm4, xmm5, xmm6, xmm7, xmm8, xmm9, xmm10, xmm11, xmm12, xmm13, xmm14, xmm15];
    private static readonly AssemblerRegister64[] RowBases = [r8, r9, r10, r11, r12, r13, r14, r15];
    private static readonly AssemblerRegister64[] Saved = [rbx, rbp, r12, r13, r14, r15];

    // The call's arguments, and the walk.
    private static readonly AssemblerRegister64 Call = rdi;
    private static readonly AssemblerRegister64 Offset = rax;
    private static readonly AssemblerRegister64 Panel = rbx;
    private static readonly AssemblerRegister64 PanelStep = rsi;
    private static readonly AssemblerRegister64 InnerStep = rdx;
    private static readonly AssemblerRegister64 InnerLeft = rcx;
    private static readonly AssemblerRegister64 OuterLeft = rbp;

    // Of a tall tile: one panel needs no step to the next, and rows advance by an argument.
    private static readonly AssemblerRegister64[] Offsets = [Offset, PanelStep, InnerStep];

    /// <summary>The code of void kernel(TileCall*), which can lie at any address.</summary>
    /// <param name="bytes">Quads of bytes and a start for each column; else pairs of int16.</param>
    /// <param name="panels">1, 2 or 3.</param>
    /// <param name="windows">The calling convention of Windows; else that of the others.</param>
    /// <param name="groups">1, or, of one panel, <see cref="Groups"/>; see <see cref="TileKernel.AreEven"/>.</param>
    public static byte[] Of(bool bytes, int panels, bool windows, int groups = 1)
    {
        var code = new Assembler(64);
        Enter(code, windows);
        for (var row = 0; row < Rows; row++) code.mov(RowBases[row], Argument(nameof(TileCall.Rows), row));
        code.mov(Panel, Argument(nameof(TileCall.Panel)));
        if (groups == 1)
        {
            code.mov(PanelStep, Argument(nameof(TileCall.PanelStep)));
            code.mov(InnerStep, Argument(nameof(TileCall.InnerStep)));
        }

        Begin(code, bytes, panels, groups);
        Walk(code, bytes, panels, groups);
        End(code, panels, groups);
        Leave(code, windows);
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    private static AssemblerRegisterZMM Sum(int row, int panel) => Zmm[(row * MostPanels) + panel];

    private static AssemblerRegisterZMM PanelOperand(int panel) => Zmm[(Rows * MostPanels) + panel];

    /// <summary>Two in turn, so that a broadcast need not wait for the multiplications with the one before.</summary>
    private static AssemblerRegisterZMM RowOperand(int row) => Zmm[((Rows + 1) * MostPanels) + (row % 2)];

    private static AssemblerMemoryOperand Argument(string name, int index = 0) =>
        __qword_ptr[Call + ((int)Marshal.OffsetOf<TileCall>(name) + (index * sizeof(long)))];

    private static void Enter(Assembler code, bool windows)
    {
        foreach (var register in Saved) code.push(register);
        if (!windows) return;
        code.push(rdi);
        code.push(rsi);
        code.sub(rsp, SavedXmm * XmmBytes);
        for (var i = 0; i < SavedXmm; i++) code.vmovups(__xmmword_ptr[rsp + (i * XmmBytes)], Xmm[FirstSavedXmm + i]);
        code.mov(Call, rcx);
    }

    /// <summary>The upper halves are zeroed: code in older instructions that follows would be slow otherwise.</summary>
    private static void Leave(Assembler code, bool windows)
    {
        code.vzeroupper();
        if (windows)
        {
            for (var i = 0; i < SavedXmm; i++) code.vmovups(Xmm[FirstSavedXmm + i], __xmmword_ptr[rsp + (i * XmmBytes)]);
            code.add(rsp, SavedXmm * XmmBytes);
            code.pop(rsi);
            code.pop(rdi);
        }

        for (var i = Saved.Length - 1; i >= 0; i--) code.pop(Saved[i]);
        code.ret();
    }

    private static void Begin(Assembler code, bool bytes, int panels, int groups)
    {
        if (bytes) code.mov(Offset, Argument(nameof(TileCall.Start)));
        for (var panel = 0; panel < panels; panel++)
        {
            if (bytes) code.vmovdqu32(Sum(0, panel), __zmmword_ptr[Offset + (panel * TileLoop.StepBytes)]);
            else code.vpxord(Sum(0, panel), Sum(0, panel), Sum(0, panel));
            for (var row = 1; row < Rows; row++) code.vmovdqa32(Sum(row, panel), Sum(0, panel));
        }

        for (var group = 1; group < groups; group++)
            for (var row = 0; row < Rows; row++) code.vmovdqa32(Sum(row, group), Sum(0, 0));
    }

    private static void Walk(Assembler code, bool bytes, int panels, int groups)
    {
        var (plane, run, step) = (code.CreateLabel(), code.CreateLabel(), code.CreateLabel());
        code.Label(ref plane);
        code.mov(OuterLeft, Argument(nameof(TileCall.Outer)));
        code.Label(ref run);
        code.mov(Offset, Argument(nameof(TileCall.Run)));
        for (var group = 1; group < groups; group++)
        {
            code.mov(Offsets[group], Offset);
            code.add(Offsets[group], Argument(group == 1 ? nameof(TileCall.Second) : nameof(TileCall.Third)));
        }

        code.mov(InnerLeft, Argument(nameof(TileCall.Inner)));
        code.Label(ref step);
        Step(code, bytes, panels, groups);
        if (groups == 1) code.add(Offset, InnerStep);
        for (var group = 0; group < groups && groups > 1; group++) code.add(Offsets[group], Argument(nameof(TileCall.InnerStep)));
        code.add(Panel, TileLoop.StepBytes);
        code.dec(InnerLeft);
        code.jne(step);
        code.mov(Offset, Argument(nameof(TileCall.OuterStep)));
        code.add(Argument(nameof(TileCall.Run)), Offset);
        code.dec(OuterLeft);
        code.jne(run);
        code.mov(Offset, Argument(nameof(TileCall.PlaneJump)));
        code.add(Argument(nameof(TileCall.Run)), Offset);
        code.dec(Argument(nameof(TileCall.Planes)));
        code.jne(plane);
    }

    private static void Step(Assembler code, bool bytes, int panels, int groups)
    {
        code.vmovdqu32(PanelOperand(0), __zmmword_ptr[Panel]);
        if (panels > 1) code.vmovdqu32(PanelOperand(1), __zmmword_ptr[Panel + PanelStep]);
        if (panels > 2) code.vmovdqu32(PanelOperand(2), __zmmword_ptr[Panel + (PanelStep * 2)]);
        for (var group = 0; group < groups; group++)
        {
            for (var row = 0; row < Rows; row++)
            {
                code.vpbroadcastd(RowOperand(row), __dword_ptr[RowBases[row] + Offsets[group]]);
                for (var panel = 0; panel < panels; panel++)
                {
                    if (bytes) code.vpdpbusd(Sum(row, group + panel), RowOperand(row), PanelOperand(panel));
                    else code.vpdpwssd(Sum(row, group + panel), RowOperand(row), PanelOperand(panel));
                }
            }
        }
    }

    private static void End(Assembler code, int panels, int groups)
    {
        var store = code.CreateLabel();
        code.mov(Panel, Argument(nameof(TileCall.C)));
        code.mov(InnerStep, Argument(nameof(TileCall.Stride)));
        code.mov(InnerLeft, Argument(nameof(TileCall.Accumulate)));
        code.test(InnerLeft, InnerLeft);
        code.je(store);
        code.mov(Offset, Panel);
        for (var i = 0; i < groups * Rows; i++)
        {
            var (group, row) = Math.DivRem(i, Rows);
            for (var panel = 0; panel < panels; panel++)
                code.vpaddd(Sum(row, group + panel), Sum(row, group + panel), __zmmword_ptr[Offset + (panel * TileLoop.StepBytes)]);
            code.add(Offset, InnerStep);
        }

        code.Label(ref store);
        for (var i = 0; i < groups * Rows; i++)
        {
            var (group, row) = Math.DivRem(i, Rows);
            for (var panel = 0; panel < panels; panel++)
                code.vmovdqu32(__zmmword_ptr[Panel + (panel * TileLoop.StepBytes)], Sum(row, group + panel));
            code.add(Panel, InnerStep);
        }
    }
}
