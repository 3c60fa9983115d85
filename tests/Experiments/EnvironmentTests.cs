using Wage.Backends;
using Wage.Experiments.Runs;

namespace Wage.Tests.Experiments;

/// <summary>Variables of the environment that commands read: this process has them once, so that nothing runs beside these tests.</summary>
internal sealed class EnvironmentTests
{
    [Test]
    public void AnInstructionSetThatDoesNotRunHereIsAMistakeOfOneLine()
    {
        var before = Environment.GetEnvironmentVariable(InstructionSets.Variable);
        try
        {
            Environment.SetEnvironmentVariable(InstructionSets.Variable, "fast");
            const string Refusal = "wage: WAGE_CPU_ISA: 'fast' is not an instruction set; there are scalar, advsimd, avx2, avxvnni, avx512, vnni. " +
                "HINT: unset it to have the fastest that runs here.\n";
            Assert.That(CommandLine.Run("devices"), Is.EqualTo((2, string.Empty, Refusal)));
            Environment.SetEnvironmentVariable(InstructionSets.Variable, "scalar");
            Assert.That(CommandLine.Run("devices").Output, Does.Contain("in use (WAGE_CPU_ISA=scalar)"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(InstructionSets.Variable, before);
        }
    }

    [Test]
    public void MoreThreadsThanProcessorsAreRefusedUnlessForced()
    {
        Environment.SetEnvironmentVariable(Devices.ForceThreads, null);
        try
        {
            var refusal = CommandLine.Refusal("train", "--threads", "999");
            foreach (var part in (string[])["--threads: is 999", $"to {Environment.ProcessorCount}", Devices.ForceThreads])
                Assert.That(refusal, Does.Contain(part));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Devices.ForceThreads, "1");
        }
    }
}
