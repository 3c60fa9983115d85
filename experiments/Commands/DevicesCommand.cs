using System.CommandLine;
using System.Globalization;
using Wage.Backends;
using Wage.Experiments.Display;
using Wage.Experiments.Ranks;
using Wage.Experiments.Runs;
using Wage.Experiments.Trust;
using Wage.Gpu;

namespace Wage.Experiments.Commands;

/// <summary>wage devices: what can train here.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var workers = CommonOptions.Workers();
        var command = new Command("devices", "The devices of this machine, and the ranks that mpirun started.") { workers };
        command.SetAction(parsed => RankGroup.Run(parsed.GetValue(workers), ranks =>
        {
            if (ranks.IsFirst) Execute(Console.Out);
            RankTable.Write(ranks, ranks.Output);
            return 0;
        }));
        return command;
    }

    public static int Execute(TextWriter output)
    {
        var table = new TextTable("device", "checked", "description");
        var checks = new DeviceChecks(Candidate.All(), CheckMemory.OfUser());
        foreach (var name in new[] { "cpu", "reference" })
        {
            using var backend = Devices.Create(name, 0);
            table.Add(name, checks.StateOf(name), backend.Description);
        }

        foreach (var device in GpuDevices.All()) table.Add(device.Name, checks.StateOf(device.Name), device.Description);
        table.Write(output);
        checks.Write(output);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Devices.Machine}, {Environment.ProcessorCount} processors"));
        output.WriteLine();
        Instructions().Write(output);
        output.WriteLine($"{InstructionSets.Variable} chooses among these; the integers are the same with all of them.");
        output.WriteLine();
        foreach (var line in GpuDevices.Missing()) output.WriteLine(line);
        return 0;
    }

    /// <summary>The instructions that the cpu multiplies with: the one in use, those it could use, and what the others lack.</summary>
    private static TextTable Instructions()
    {
        var (table, used) = (new TextTable("cpu instructions", "name", "here"), InstructionSets.Choose());
        foreach (var set in InstructionSets.All)
        {
            var reason = used.Reason.Length == 0 ? string.Empty : $" ({used.Reason})";
            var here = InstructionSets.Lack(set) ?? (set == used.Set ? $"in use{reason}" : "available");
            table.Add(InstructionSets.Title(set), InstructionSets.Name(set), here);
        }

        return table;
    }
}
