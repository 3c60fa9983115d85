using System.Diagnostics;

namespace Wage.Tests.Backends.Guarded;

/// <summary>No kernel, packing or operation of the CPU engine touches memory outside its tensors and buffers (<see cref="GuardedPass"/>).</summary>
[Parallelizable]
public sealed class GuardedMemoryTests
{
    private const int Found = 1;
    private const int Shown = 3000;

    [SetUp]
    public void OnLinux()
    {
        if (!OperatingSystem.IsLinux()) Assert.Ignore("guarded pages are asked of Linux");
    }

    [Test]
    public void NothingIsTouchedOutside()
    {
        var passes = ((string[])["end", "start"]).Select(place => Task.Run(() => Run(place))).ToList();
        foreach (var (code, output) in passes.Select(pass => pass.Result))
        {
            Assert.That(code, Is.Zero, output);
            Assert.That(output, Does.Match(@"\n\d{5,} blocks, 0 faults\n$"));
        }
    }

    /// <summary>In the pass that must find it the process dies of the access; a write on the other side of a block is found by its value.</summary>
    [TestCase("end", "tensor, write behind", true)]
    [TestCase("end", "tensor, read behind", true)]
    [TestCase("end", "buffer, write behind", true)]
    [TestCase("end", "buffer, read behind", true)]
    [TestCase("end", "packing, a pair too many", true)]
    [TestCase("end", "kernel, a step too many", true)]
    [TestCase("end", "tensor, write before", false)]
    [TestCase("start", "tensor, write before", true)]
    [TestCase("start", "tensor, read before", true)]
    [TestCase("start", "buffer, write before", true)]
    [TestCase("start", "buffer, read before", true)]
    [TestCase("start", "buffer, write behind", false)]
    public void APlantedFaultIsFound(string place, string plant, bool dies)
    {
        var (code, output) = Run(place, plant);
        Assert.That(code, dies ? Is.GreaterThan(Found) : Is.EqualTo(Found), output);
        Assert.That(output, Does.Contain(dies ? "AccessViolationException" : "written"));
    }

    private static (int Code, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[typeof(GuardedPass).Assembly.Location, "guarded", .. arguments]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(3))) process.Kill();
        return (process.ExitCode, error.Result + output.Result[Math.Max(0, output.Result.Length - Shown)..]);
    }
}
