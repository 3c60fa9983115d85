using Wage.Experiments.Display;
using Wage.Experiments.Runs;

namespace Wage.Experiments.Trust;

/// <summary>What `wage devices` says of the checks: which devices were compared with the reference on which models, and how fast each is.</summary>
internal sealed class DeviceChecks(IReadOnlyList<Candidate> devices, CheckMemory memory)
{
    private readonly IReadOnlyList<(Candidate Device, CheckAnswer Answer)> checks =
    [
        .. from device in devices
           from answer in memory.Answers()
           where answer.Subject == new CheckedModel(device.Hardware, device.Driver, CheckedModel.ThisVersion, answer.Subject.Model)
           select (device, answer),
    ];

    /// <summary>A word or two on a device.</summary>
    public string StateOf(string name)
    {
        if (!Devices.NeedsTrust(name)) return "-";
        var own = checks.Where(check => check.Device.Name == name).ToList();
        return own.Count == 0 ? "not yet" : own.Any(check => check.Answer.Difference is not null) ? "DIFFERENT" : "equal";
    }

    /// <summary>A line for each device and model, and what auto does.</summary>
    public void Write(TextWriter output)
    {
        if (checks.Count > 0)
        {
            var table = new TextTable("device", "model", "comparisons", "images/s", "on the cpu", "result").RightAlign(2, 3, 4);
            foreach (var (device, answer) in checks)
            {
                table.Add(
                    device.Name, answer.Recipe, Format.Count(answer.Compared), Rate(answer.ImagesPerSecond), Rate(answer.CpuImagesPerSecond),
                    answer.Difference is { } difference ? $"DIFFERENT: {OneLine.Cut(difference, 200)}"
                    : device.IsProcessor || !answer.IsFaster ? "equal" : "equal, auto takes it");
            }

            output.WriteLine();
            table.Write(output);
        }

        output.WriteLine(devices.Any(device => !device.IsProcessor)
            ? "auto: a card that is equal to the reference and faster than the cpu, checked before a model's first training; else the cpu"
            : "auto: the cpu");
    }

    private static string Rate(double imagesPerSecond) => imagesPerSecond > 0 ? Format.Count((long)Math.Round(imagesPerSecond)) : "-";
}
