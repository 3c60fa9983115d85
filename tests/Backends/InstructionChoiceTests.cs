using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Backends.Host;

namespace Wage.Tests.Backends;

/// <summary>Which instruction set is used, why, and what is said where it cannot be.</summary>
[Parallelizable]
public sealed unsafe class InstructionChoiceTests
{
    private static readonly Dictionary<InstructionSet, string> OnAvx2 = new()
    {
        [InstructionSet.AdvSimd] = "this processor is not an Arm64",
        [InstructionSet.AvxVnni] = "no AVX-VNNI on this processor",
        [InstructionSet.Avx512] = "no AVX-512 on this processor",
        [InstructionSet.Vnni] = "no AVX-512 on this processor",
    };

    [Test]
    public void TheFastestIsChosenAndTheReasonIsWhatTheNextLacks([Values(null, "", "  ")] string? value)
    {
        Assert.That(InstructionSets.Choose(value, OnAvx2.GetValueOrDefault),
            Is.EqualTo(new InstructionSetChoice(InstructionSet.Avx2, "no AVX-512 on this processor")));
        Assert.That(Without(InstructionSet.AdvSimd), Is.EqualTo(new InstructionSetChoice(InstructionSet.Vnni, "the fastest there is")));
    }

    [Test]
    public void WithoutTheWideRegistersAvxVnniIsTaken()
    {
        var choice = InstructionSets.Choose(null, set => set == InstructionSet.AvxVnni ? null : OnAvx2.GetValueOrDefault(set));
        Assert.That(choice, Is.EqualTo(new InstructionSetChoice(InstructionSet.AvxVnni, "no AVX-512 on this processor")));
    }

    [Test]
    public void WhereCodeCannotBeEmittedThePortablePathIsTaken()
    {
        var choice = InstructionSets.Choose(null,
            set => set == InstructionSet.Vnni ? "the system refuses executable memory (Permission denied)" : null);
        Assert.That(choice, Is.EqualTo(new InstructionSetChoice(InstructionSet.Avx512, "the system refuses executable memory (Permission denied)")));
    }

    [TestCase("scalar", InstructionSet.Scalar)]
    [TestCase(" AVX2 ", InstructionSet.Avx2)]
    public void TheVariableOverrides(string value, InstructionSet expected) =>
        Assert.That(InstructionSets.Choose(value, OnAvx2.GetValueOrDefault),
            Is.EqualTo(new InstructionSetChoice(expected, $"WAGE_CPU_ISA={value.Trim().ToLowerInvariant()}")));

    [TestCase("avx1024",
        "WAGE_CPU_ISA: 'avx1024' is not an instruction set; there are scalar, advsimd, avx2, avxvnni, avx512, vnni. HINT: did you mean avx2?")]
    [TestCase("2\n",
        "WAGE_CPU_ISA: '2' is not an instruction set; there are scalar, advsimd, avx2, avxvnni, avx512, vnni. "
        + "HINT: unset it to have the fastest that runs here.")]
    [TestCase("avxvnni",
        "WAGE_CPU_ISA: is avxvnni, which does not run here: no AVX-VNNI on this processor. "
        + "HINT: here run scalar, avx2; unset it to have the fastest.")]
    [TestCase("vnni",
        "WAGE_CPU_ISA: is vnni, which does not run here: no AVX-512 on this processor. HINT: here run scalar, avx2; unset it to have the fastest.")]
    public void AMistakeGetsOneLineWithTheWayOut(string value, string message) =>
        Assert.That(() => InstructionSets.Choose(value, OnAvx2.GetValueOrDefault), Throws.TypeOf<WageException>().With.Message.EqualTo(message));

    [Test]
    public void AnInstanceRefusesInstructionsThatThisMachineLacks()
    {
        var lacking = InstructionSets.All.First(set => InstructionSets.Lack(set) is not null);
        Assert.That(() => new HostBackend(1, lacking), Throws.TypeOf<WageException>().With.Message.Contains(InstructionSets.Lack(lacking)!));
        Assert.That(InstructionSets.Available, Does.Contain(InstructionSet.Scalar).And.Not.Contain(lacking));
    }

    [Test]
    public void EmittedCodeRuns()
    {
        if (RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64) Assert.Ignore("the code is x64's");
        var memory = ExecutableMemory.Of([0xB8, 42, 0, 0, 0, 0xC3], out var refusal);
        Assert.That(refusal, Is.Null);
        Assert.That(((delegate* unmanaged<int>)memory)(), Is.EqualTo(42));
    }

    [Test]
    public void ARefusalOfTheSystemIsAnAnswer()
    {
        Assert.That(ExecutableMemory.Of([1], _ => 0, (_, _) => true, out var refusal), Is.EqualTo(nint.Zero));
        Assert.That(refusal, Does.StartWith("the system refuses memory for code ("));
        Assert.That(ExecutableMemory.Of([1], bytes => (nint)NativeMemory.Alloc(bytes), (_, _) => false, out refusal), Is.EqualTo(nint.Zero));
        Assert.That(refusal, Does.StartWith("the system refuses executable memory ("));
        Assert.That(ExecutableMemory.Of([1], _ => throw new DllNotFoundException(), (_, _) => true, out refusal), Is.EqualTo(nint.Zero));
        Assert.That(refusal, Does.StartWith("the system has no call"));
    }

    private static InstructionSetChoice Without(InstructionSet lacking) =>
        InstructionSets.Choose(null, set => set == lacking ? "not an Arm64" : null);
}
