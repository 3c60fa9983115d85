using Wage.Experiments.Trust;

namespace Wage.Tests;

/// <summary>Tests, and the processes that they start, neither read nor write what the user's trainings remember of devices.</summary>
[SetUpFixture]
public sealed class OwnCache
{
    private readonly string folder = Directory.CreateTempSubdirectory("wage-cache-").FullName;

    [OneTimeSetUp]
    public void Set() => Environment.SetEnvironmentVariable(CheckMemory.Variable, folder);

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);
}
