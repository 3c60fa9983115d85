namespace Wage.Backends;

/// <summary>The instructions in which <see cref="HostBackend"/> multiplies. They differ in speed alone: the integers are the same.</summary>
public enum InstructionSet
{
    /// <summary>No machine's own instructions: portable code that the runtime compiles for any processor.</summary>
    Scalar,

    /// <summary>Arm64: AdvSimd, and its dot products where the processor has them.</summary>
    AdvSimd,

    /// <summary>x64 with AVX2.</summary>
    Avx2,

    /// <summary>x64 with AVX-VNNI: VNNI on registers of 256 bits, for processors that have no AVX-512.</summary>
    AvxVnni,

    /// <summary>x64 with AVX-512 F and BW.</summary>
    Avx512,

    /// <summary>x64 with AVX-512 VNNI, through a kernel that is written into executable memory at the start.</summary>
    Vnni,
}
