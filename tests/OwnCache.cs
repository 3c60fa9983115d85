using Wage.Experiments.Runs;
using Wage.Experiments.Trust;

namespace Wage.Tests;

/// <summary>
/// Tests, and the processes that they start, neither read nor write what the user's trainings remember of devices, and take as many threads as they
/// compare, however few processors there are.
/// </summary>
[SetUpFixture]
public sealed class OwnCache
{
    private readonly string folder = Directory.CreateTempSubdirectory("wage-cache-").FullName;

    [OneTimeSetUp]
    public void Set()
    {
        Environment.SetEnvironmentVariable(CheckMemory.Variable, folder);
        Environment.SetEnvironmentVariable(Devices.ForceThreads, "1");
    }

    [OneTimeTearDown]
    public void Remove()
    {
        Directory.Delete(folder, recursive: true);
        Gpu.Lent.End();
    }
}
