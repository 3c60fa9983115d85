using Wage.Experiments.Runs;

namespace Wage.Tests.Gpu;

[Parallelizable]
public sealed class DeviceNameTests
{
    [TestCase("cuda:99")]
    [TestCase("opencl:99")]
    public void ADeviceThatIsNotThereIsRefusedInOneLineWithTheWayOut(string name) => Assert.That(
        () => Devices.Create(name, 0),
        Throws.TypeOf<WageException>()
            .With.Message.Contain(name.Split(':')[0]).And.Message.Contain("HINT: ").And.Message.Not.Contain("\n"));

    [TestCase("cuda:x")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:00")]
    [TestCase("opencl:01")]
    [TestCase("opencl:")]
    public void ANumberThatIsNoneIsRefused(string name) =>
        Assert.That(() => Devices.Create(name, 0), Throws.TypeOf<WageException>().With.Message.Contain(name).And.Message.Contain("counted from 0"));

    [Test]
    public void AMisspeltDeviceIsToldTheNearest() => Assert.That(
        () => Devices.Create("cdua", 0), Throws.TypeOf<WageException>().With.Message.Contain("did you mean cuda?"));

    [Test]
    public void AutoIsTheProcessorUntilADeviceHasEarnedTrust() => Assert.That(Devices.Resolve("auto"), Is.EqualTo("cpu"));

    [TestCase("cuda:1", true)]
    [TestCase("opencl", true)]
    [TestCase("ilgpu-cpu", false)]
    [TestCase("cpu", false)]
    [TestCase("reference", false)]
    public void CardsNeedTrust(string name, bool needs) => Assert.That(Devices.NeedsTrust(name), Is.EqualTo(needs));
}
