using Iced.Intel;

namespace Wage.Tests.Backends;

/// <summary>
/// Runs decoded machine code on simulated registers: the few instructions that the emitted kernels are made of, each written from the
/// processor's manual. Memory is the process's own.
/// </summary>
internal sealed unsafe class SimulatedProcessor
{
    private const int Words = 16;
    private readonly Dictionary<ulong, int> positions = [];
    private readonly Instruction[] program;
    private readonly long[] general = new long[16];
    private readonly int[] vectors = new int[32 * Words];
    private readonly List<(long First, long Last)> readable = [];
    private readonly List<(long First, long Last)> writable = [];
    private bool zero;

    /// <summary>Decodes code that lies at address 0.</summary>
    public SimulatedProcessor(byte[] code)
    {
        var (decoder, all) = (Decoder.Create(64, new ByteArrayCodeReader(code), 0), new List<Instruction>());
        while (decoder.IP < (ulong)code.Length)
        {
            positions[decoder.IP] = all.Count;
            all.Add(decoder.Decode());
        }

        program = [.. all];
    }

    /// <summary>The decoded instructions.</summary>
    public IReadOnlyList<Instruction> Program => program;

    /// <summary>Whether the upper parts of the vectors were zeroed, as the caller's code wants it.</summary>
    public bool UpperZeroed { get; private set; }

    /// <summary>Only such memory may be read from now on, as well as what may be written.</summary>
    public void AllowReading(void* from, long bytes) => readable.Add(((long)from, (long)from + bytes));

    /// <summary>Only such memory may be written from now on.</summary>
    public void AllowWriting(void* from, long bytes) => writable.Add(((long)from, (long)from + bytes));

    public long this[Register register]
    {
        get => general[register - Register.RAX];
        set => general[register - Register.RAX] = value;
    }

    /// <summary>The 16 words of a vector register.</summary>
    public Span<int> Vector(int register) => vectors.AsSpan(register * Words, Words);

    /// <summary>Calls the code with one argument until it returns.</summary>
    public void Call(long argument, bool windows)
    {
        var stack = stackalloc long[64];
        AllowWriting(stack, 64 * sizeof(long));
        this[Register.RSP] = (long)(stack + 64);
        this[windows ? Register.RCX : Register.RDI] = argument;
        Run();
        if (this[Register.RSP] != (long)(stack + 64)) throw new InvalidOperationException("the stack pointer is not what it was");
        writable.RemoveAt(writable.Count - 1);
    }

    private void Run()
    {
        for (var at = 0; ;)
        {
            ref readonly var i = ref program[at++];
            switch (i.Mnemonic)
            {
                case Mnemonic.Ret: return;
                case Mnemonic.Jne: at = zero ? at : positions[i.NearBranchTarget]; break;
                case Mnemonic.Je: at = zero ? positions[i.NearBranchTarget] : at; break;
                case Mnemonic.Push: Write(this[Register.RSP] -= 8, this[i.Op0Register]); break;
                case Mnemonic.Pop: this[i.Op0Register] = Read<long>((this[Register.RSP] += 8) - 8); break;
                case Mnemonic.Mov: Store(i, Operand(i, 1)); break;
                case Mnemonic.Add: Store(i, Flag(Operand(i, 0) + Operand(i, 1))); break;
                case Mnemonic.Sub: Store(i, Flag(Operand(i, 0) - Operand(i, 1))); break;
                case Mnemonic.Dec: Store(i, Flag(Operand(i, 0) - 1)); break;
                case Mnemonic.Test: Flag(Operand(i, 0) & Operand(i, 1)); break;
                default: RunVector(i); break;
            }
        }
    }

    private void RunVector(in Instruction i)
    {
        switch (i.Code)
        {
            case Code.VEX_Vzeroupper:
                for (var register = 0; register < 16; register++) Vector(register)[4..].Clear();
                UpperZeroed = true;
                break;
            case Code.VEX_Vmovups_xmmm128_xmm: Move(Vector(i.Op1Register - Register.XMM0)[..4], Address(i)); break;
            case Code.VEX_Vmovups_xmm_xmmm128: Load(Address(i), Vector(i.Op0Register - Register.XMM0)[..4]); break;
            case Code.EVEX_Vmovdqu32_zmm_k1z_zmmm512: Load(Address(i), Zmm(i, 0)); break;
            case Code.EVEX_Vmovdqu32_zmmm512_k1z_zmm: Move(Zmm(i, 1), Address(i)); break;
            case Code.EVEX_Vmovdqa32_zmm_k1z_zmmm512 when i.Op1Kind == OpKind.Register: Zmm(i, 1).CopyTo(Zmm(i, 0)); break;
            case Code.EVEX_Vpbroadcastd_zmm_k1z_xmmm32: Zmm(i, 0).Fill(Read<int>(Address(i))); break;
            case Code.EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32: Each(i, (_, x, y) => x ^ y); break;
            case Code.EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32: Each(i, (_, x, y) => x + y); break;
            case Code.EVEX_Vpdpbusd_zmm_k1z_zmm_zmmm512b32: Each(i, (sum, x, y) => sum + Quad(x, y)); break;
            case Code.EVEX_Vpdpbusds_zmm_k1z_zmm_zmmm512b32:
                Each(i, (sum, x, y) => (int)Math.Clamp((long)sum + Quad(x, y), int.MinValue, int.MaxValue));
                break;
            case Code.EVEX_Vpdpwssd_zmm_k1z_zmm_zmmm512b32: Each(i, (sum, x, y) => sum + ((short)x * (short)y) + ((x >> 16) * (y >> 16))); break;
            default: throw new NotSupportedException($"{i} ({i.Code}) is not simulated");
        }
    }

    /// <summary>Unsigned bytes of x times signed bytes of y.</summary>
    private static int Quad(int x, int y)
    {
        var sum = 0;
        for (var shift = 0; shift < 32; shift += 8) sum += (byte)(x >> shift) * (sbyte)(y >> shift);
        return sum;
    }

    /// <summary>destination = f(destination, first source, second source), word by word and modulo 2^32.</summary>
    private void Each(in Instruction i, Func<int, int, int, int> f)
    {
        var (to, x) = (i.Op0Register - Register.ZMM0, i.Op1Register - Register.ZMM0);
        Span<int> y = stackalloc int[Words];
        if (i.Op2Kind == OpKind.Register) Zmm(i, 2).CopyTo(y);
        else Load(Address(i), y);
        for (var word = 0; word < Words; word++) Vector(to)[word] = f(Vector(to)[word], Vector(x)[word], y[word]);
    }

    private Span<int> Zmm(in Instruction i, int operand) => Vector(i.GetOpRegister(operand) - Register.ZMM0);

    private long Flag(long result)
    {
        zero = result == 0;
        return result;
    }

    private long Operand(in Instruction i, int operand) => i.GetOpKind(operand) switch
    {
        OpKind.Register => this[i.GetOpRegister(operand)],
        OpKind.Memory => Read<long>(Address(i)),
        _ => (long)i.GetImmediate(operand),
    };

    private void Store(in Instruction i, long value)
    {
        if (i.Op0Kind == OpKind.Register) this[i.Op0Register] = value;
        else Write(Address(i), value);
    }

    private long Address(in Instruction i) =>
        (i.MemoryBase == Register.None ? 0 : this[i.MemoryBase])
        + (i.MemoryIndex == Register.None ? 0 : this[i.MemoryIndex] * i.MemoryIndexScale)
        + (long)i.MemoryDisplacement64;

    private void Load(long from, Span<int> to)
    {
        for (var word = 0; word < to.Length; word++) to[word] = Read<int>(from + (word * sizeof(int)));
    }

    private void Move(Span<int> from, long to)
    {
        for (var word = 0; word < from.Length; word++) Write(to + (word * sizeof(int)), from[word]);
    }

    private T Read<T>(long address)
        where T : unmanaged
    {
        if (readable.Count > 0 && !Within(readable, address, sizeof(T)) && !Within(writable, address, sizeof(T)))
            throw new AccessViolationException($"{sizeof(T)} bytes at {address:x} are not the kernel's to read");
        return *(T*)address;
    }

    private void Write<T>(long address, T value)
        where T : unmanaged
    {
        if (readable.Count > 0 && !Within(writable, address, sizeof(T)))
            throw new AccessViolationException($"{sizeof(T)} bytes at {address:x} are not the kernel's to write");
        *(T*)address = value;
    }

    private static bool Within(List<(long First, long Last)> all, long address, int bytes) =>
        all.Exists(range => address >= range.First && address + bytes <= range.Last);
}
