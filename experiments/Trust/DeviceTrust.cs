using System.Globalization;
using Wage.Data;
using Wage.Experiments.Recipes;

namespace Wage.Experiments.Trust;

/// <summary>
/// A device that nobody has tried earns its trust before the first step: see <see cref="DeviceCheck"/>. Answers are remembered by device, driver,
/// build and model; failures are not, for memory may be free the next time.
/// </summary>
/// <param name="devices">The devices to ask, in order.</param>
/// <param name="memory">Earlier answers.</param>
/// <param name="notes">Where lines for the user go.</param>
internal sealed class DeviceTrust(IReadOnlyList<Candidate> devices, CheckMemory memory, TextWriter notes)
{
    /// <summary>The time of a check.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After so long without an answer a device hangs.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The first device that is equal to the reference and faster than the CPU engine on this model, or "cpu".</summary>
    public string Choose(Recipe recipe, Dataset data, int threads)
    {
        foreach (var device in devices.Where(device => !device.IsProcessor))
        {
            try
            {
                var answer = Ask(device, recipe, data, threads);
                if (answer.IsFaster) return device.Name;
                if (answer.Difference is { } difference) Pass($"device {device.Name}: differs from the reference in {difference}");
            }
            catch (DeviceFailure failure)
            {
                Pass(failure.Message);
            }
        }

        return "cpu";

        void Pass(string reason) => notes.WriteLine($"wage: auto: {OneLine.Of(reason)}; going on without it.");
    }

    /// <summary>The device that <see cref="Choose"/> would take without checking any.</summary>
    public string Remembered(Recipe recipe) => devices.FirstOrDefault(
        device => !device.IsProcessor && memory.Find(CheckedModel.Of(device, recipe)) is { IsFaster: true })?.Name ?? "cpu";

    /// <summary>Refuses a device that is not equal to the reference. One that is not there is left to whoever opens it.</summary>
    /// <exception cref="WageException">It differs or fails; within is a <see cref="DeviceFailure"/>.</exception>
    public void Require(string name, Recipe recipe, Dataset data, int threads)
    {
        if (devices.FirstOrDefault(device => device.Name == name) is not { } device) return;
        try
        {
            if (Ask(device, recipe, data, threads).Difference is { } difference)
                throw new DeviceFailure($"device {name}: differs from the reference in {difference}");
        }
        catch (DeviceFailure failure)
        {
            var again = failure.InnerException is null && memory.Path is { } path ? $"; after a repair, delete {path}" : string.Empty;
            throw new WageException(
                $"{failure.Message}.", $"train with --device cpu; `wage selftest --device {name}` shows what does not work there{again}.", failure);
        }
    }

    private CheckAnswer Ask(Candidate device, Recipe recipe, Dataset data, int threads)
    {
        if (memory.Find(CheckedModel.Of(device, recipe)) is { } known) return known;
        var check = new DeviceCheck(recipe, data, threads, Budget);
        var work = Task.Run(() => check.Run(device));
        if (Task.WaitAny([work], Patience) < 0)
        {
            var patience = Patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
            throw new DeviceFailure($"device {device.Name}: gave no answer in {patience} s");
        }

        var answer = work.GetAwaiter().GetResult();
        GC.Collect();                                                       // the check's tensors go before the run's own come
        memory.Keep(answer);
        if (answer.Difference is null)
        {
            notes.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"wage: checked {device.Name} for {recipe.Name}: {answer.Compared} comparisons in {check.Elapsed.TotalSeconds:0.0} s, all equal; ") +
                $"{answer.Speed}, the cpu {answer.CpuSpeed}.");
        }

        return answer;
    }
}
