using Wage.Mpi;
using Wage.Tests.Experiments;

namespace Wage.Tests.Mpi;

[Parallelizable]
public sealed class MpiWorldTests
{
    [Test]
    public void ThreeRanksExchangeMessagesOfAllLengths()
    {
        MpiRun.Require();
        using var scratch = new ScratchFolder();
        var (code, output, error) = MpiRun.Run(scratch.Path, 3, "devices");
        Assert.That(code, Is.Zero, error);
        var lines = output.TrimEnd().Split('\n');
        Assert.That(lines[^5], Does.StartWith("rank  machine"));
        Assert.That(lines[^1], Does.StartWith("MPI: Open MPI ").And.EndsWith("3 ranks, 34,000 bytes exchanged and found right"));
    }

    [Test]
    public void WithoutALauncherMpiIsRefusedInOneLine()
    {
        MpiRun.Require();
        using var scratch = new ScratchFolder();
        var (code, _, error) = WageProcess.Run(scratch.Path, "devices", "--workers", "mpi");
        Assert.That((code, error), Is.EqualTo(
            (2, "wage: --workers: is mpi, but neither mpirun nor srun started this process. HINT: mpirun -n 2 wage ... starts two.\n")));
    }

    [TestCase("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", true)]
    [TestCase("PMI_RANK", "PMI_SIZE", false)]
    [TestCase("PMIX_RANK", "SLURM_STEP_NUM_TASKS", false)]
    public void TheLauncherIsReadFromItsVariables(string rank, string size, bool isOpenMpi)
    {
        var launch = MpiLaunch.Of(name => name == rank ? "2" : name == size ? "5" : null)!;
        Assert.That((launch.Rank, launch.Size, launch.IsOpenMpi, launch.IsAlone), Is.EqualTo(((int?)2, (int?)5, isOpenMpi, false)));
        Assert.That(MpiLaunch.Of(name => name == size ? "5" : null), Is.Null, "no rank, no launch");
    }
}
