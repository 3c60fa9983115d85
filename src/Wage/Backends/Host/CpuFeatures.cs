using System.Runtime.Intrinsics.X86;

namespace Wage.Backends.Host;

/// <summary>What CPUID says of an x64 processor, for messages and for the instructions that the runtime has no name for.</summary>
internal static class CpuFeatures
{
    private const int Foundation = 16;
    private const int ByteWord = 30;
    private const int Vnni = 11;

    /// <summary>
    /// Null where AVX-512 F, BW and VL can be used. The runtime answers that, because its answer includes that the system saves the wide
    /// registers (XCR0) and that no setting turns them off; CPUID only tells which of the two is missing.
    /// </summary>
    public static string? LackOfAvx512 =>
        Avx512BW.IsSupported && Avx512BW.VL.IsSupported ? null
        : Has(Leaf7().Ebx, Foundation) && Has(Leaf7().Ebx, ByteWord) ? "the system or the runtime does not let this processor's AVX-512 be used"
        : "no AVX-512 on this processor";

    /// <summary>Null where the processor has VNNI on top of AVX-512.</summary>
    public static string? LackOfVnni => Has(Leaf7().Ecx, Vnni) ? null : "no VNNI on this processor";

    private static (int Ebx, int Ecx) Leaf7()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7) return (0, 0);
        var (_, ebx, ecx, _) = X86Base.CpuId(7, 0);
        return (ebx, ecx);
    }

    private static bool Has(int register, int bit) => ((register >> bit) & 1) != 0;
}
