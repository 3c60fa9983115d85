using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Wage.Backends.Host;

namespace Wage.Backends;

/// <summary>An instruction set and, in words, why it is this one.</summary>
/// <param name="Set">What is used.</param>
/// <param name="Reason">"no AVX-512 on this processor", "WAGE_CPU_ISA=scalar".</param>
public sealed record InstructionSetChoice(InstructionSet Set, string Reason);

/// <summary>Which instruction sets this machine has, and which of them is used.</summary>
public static class InstructionSets
{
    /// <summary>The environment variable that overrides the choice.</summary>
    public const string Variable = "WAGE_CPU_ISA";

    private const string NotX64 = "this processor is not an x64";

    /// <summary>Every set, the slowest first.</summary>
    public static IReadOnlyList<InstructionSet> All { get; } = Enum.GetValues<InstructionSet>();

    /// <summary>The sets that run here.</summary>
    public static IReadOnlyList<InstructionSet> Available => [.. All.Where(set => Lack(set) is null)];

    /// <summary>What the environment variable takes: "avx512".</summary>
    public static string Name(InstructionSet set) => set.ToString().ToLowerInvariant();

    /// <summary>The set as its makers write it: "AVX-512".</summary>
    public static string Title(InstructionSet set) => set switch
    {
        InstructionSet.Scalar => "portable code",
        InstructionSet.AdvSimd => AdvSimdByteStep.IsSupported ? "AdvSimd with dot products" : "AdvSimd",
        InstructionSet.Avx2 => "AVX2",
        InstructionSet.AvxVnni => "AVX-VNNI",
        InstructionSet.Avx512 => "AVX-512",
        _ => "AVX-512 VNNI",
    };

    /// <summary>What keeps the set from running here; null where it runs. Asking for VNNI where the processor has it prepares its kernel.</summary>
    public static string? Lack(InstructionSet set) => set switch
    {
        InstructionSet.Scalar => null,
        InstructionSet.AdvSimd => AdvSimd.Arm64.IsSupported ? null : "this processor is not an Arm64",
        InstructionSet.Avx2 => !IsX64 ? NotX64 : Avx2.IsSupported ? null : "no AVX2 on this processor",
        InstructionSet.AvxVnni => !IsX64 ? NotX64 : VnniByteStep.IsSupported ? null : "no AVX-VNNI on this processor",
        InstructionSet.Avx512 => !IsX64 ? NotX64 : CpuFeatures.LackOfAvx512,
        _ => !IsX64 ? NotX64 : CpuFeatures.LackOfAvx512 ?? CpuFeatures.LackOfVnni ?? VnniTile.Lack,
    };

    /// <summary>The set that the environment variable names, or else the fastest that runs here.</summary>
    /// <exception cref="WageException">The variable names no set, or one that this machine lacks.</exception>
    public static InstructionSetChoice Choose() => Choose(Environment.GetEnvironmentVariable(Variable), Lack);

    /// <summary>As <see cref="Choose()"/>, for a value of the variable and a machine's lacks.</summary>
    internal static InstructionSetChoice Choose(string? value, Func<InstructionSet, string?> lack)
    {
        if (string.IsNullOrWhiteSpace(value)) return Fastest(lack);
        var (name, names) = (value.Trim(), All.Select(Name).ToList());
        var index = names.FindIndex(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (index < 0)
        {
            var nearest = NearestName.Of(name, names) is { } near ? $"did you mean {near}?" : "unset it to have the fastest that runs here.";
            throw new WageException($"{Variable}: '{Printable(name)}' is not an instruction set; there are {string.Join(", ", names)}.", nearest);
        }

        if (lack(All[index]) is not { } reason) return new InstructionSetChoice(All[index], $"{Variable}={names[index]}");
        var here = string.Join(", ", All.Where(set => lack(set) is null).Select(Name));
        throw new WageException(
            $"{Variable}: is {names[index]}, which does not run here: {reason}.",
            $"here run {here}; unset it to have the fastest.");
    }

    private static bool IsX64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>The reason is what the next faster set of the same machine lacks; below 512 bits, what keeps those from being used.</summary>
    private static InstructionSetChoice Fastest(Func<InstructionSet, string?> lack)
    {
        var set = All.Last(set => lack(set) is null);
        InstructionSet? faster = set switch
        {
            InstructionSet.Avx2 => InstructionSet.Avx512,
            InstructionSet.AvxVnni => InstructionSet.Avx512,
            InstructionSet.Avx512 => InstructionSet.Vnni,
            InstructionSet.Scalar => IsX64 ? InstructionSet.Avx2 : InstructionSet.AdvSimd,
            _ => null,
        };
        return new InstructionSetChoice(set, faster is { } next ? lack(next) ?? string.Empty : "the fastest there is");
    }

    private static string Printable(string text) => new([.. text.Take(60).Select(c => char.IsControl(c) ? '?' : c)]);
}
