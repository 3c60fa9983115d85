using System.Globalization;
using System.Runtime.InteropServices;
using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Recipes;
using Wage.Experiments.Trust;
using Wage.Gpu;

namespace Wage.Experiments.Runs;

/// <summary>The devices by name.</summary>
internal static class Devices
{
    /// <summary>The environment variable that, when 1, allows more threads than processors.</summary>
    public const string ForceThreads = "WAGE_FORCE_THREADS";

    private static readonly Lazy<IReadOnlyList<Candidate>> Untried = new(Find);

    /// <summary>What --device takes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "cpu", "reference", .. GpuDevices.Kinds];

    /// <summary>Whether a device must be compared with the reference before it trains; the CPU engine, the reference and its kin need not.</summary>
    public static bool NeedsTrust(string name) => name.Split(':')[0] is "cuda" or "opencl";

    /// <summary>
    /// The device that a name stands for in a training: one that has earned its trust, see <see cref="DeviceTrust"/>. It stays the run's: nothing
    /// changes device in mid-run.
    /// </summary>
    /// <exception cref="WageException">The device is not equal to the reference, or fails; or the number of threads is out of range.</exception>
    public static string ForTraining(string name, int threads, Recipe recipe, Dataset data)
    {
        RequireThreads(threads);
        if (TurnOf(name) is { } turn && recipe.SchemeSettings.Kind.IsInteger) return Trust(turn).Choose(recipe, data, threads);
        var device = Resolve(name);
        RequireDomain(device, recipe);
        if (!NeedsTrust(device)) return device;
        Trust(0).Require(device, recipe, data, threads);
        if (Untried.Value.All(candidate => candidate.Name != device)) RefuseUnlisted(device, threads);
        return device;
    }

    /// <summary>The device that a name stands for where nothing is trained: "auto" is one that has earned its trust before, else the cpu.</summary>
    public static string ForTesting(string name, Recipe recipe) =>
        TurnOf(name) is { } turn && recipe.SchemeSettings.Kind.IsInteger ? Trust(turn).Remembered(recipe) : Resolve(name);

    /// <summary>"auto" for a process that is not the only one here: of cards of a kind it begins with this one, counted round.</summary>
    public static string Auto(int turn) => turn == 0 ? "auto" : string.Create(CultureInfo.InvariantCulture, $"auto:{turn}");

    /// <summary>The first card, trusted or not, else the cpu.</summary>
    public static string First => Untried.Value.FirstOrDefault(device => !device.IsProcessor)?.Name ?? "cpu";

    /// <summary>What the first choice of a rank is: see <see cref="Auto"/>.</summary>
    public static string InTurn(string name) => TurnOf(name) is not { } turn ? Resolve(name)
        : Candidate.InTurn(Untried.Value, turn).FirstOrDefault(device => !device.IsProcessor)?.Name ?? "cpu";

    /// <summary>A name with its number. "auto" is the cpu wherever no model is at hand.</summary>
    public static string Resolve(string name) => name switch
    {
        _ when TurnOf(name) is not null => "cpu",
        "cuda" or "opencl" => name + ":0",
        _ => name,
    };

    /// <summary>The backend of a device.</summary>
    /// <param name="name">One of <see cref="Names"/>, a card's with its number where there are several.</param>
    /// <param name="threads">Threads of the cpu; 0: one per core.</param>
    /// <exception cref="WageException">There is no such device, or the number of threads is out of range.</exception>
    public static IBackend Create(string name, int threads)
    {
        RequireThreads(threads);
        var device = Resolve(name);
        if (GpuDevices.IsGpu(device)) return GpuDevices.Open(device);
        switch (device)
        {
            case "cpu": return new HostBackend(threads);
            case "reference": return new ReferenceBackend();
            default:
                var nearest = name is "gpu" or "nvidia" ? "cuda" : NearestName.Of(name, Names);
                throw new WageException(
                    $"device '{OneLine.Quote(name)}': is not among the devices: {string.Join(", ", Names)}.",
                    nearest is null ? "`wage devices` says which are there." : $"did you mean {nearest}?");
        }
    }

    /// <summary>The threads that a run on this device uses.</summary>
    public static int Threads(string name, int threads) => Resolve(name) != "cpu" ? 1 : threads == 0 ? Environment.ProcessorCount : threads;

    /// <summary>"X64, .NET 10.0.0".</summary>
    public static string Machine => $"{RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>The number of <see cref="Auto"/>; null: another name.</summary>
    private static int? TurnOf(string name) => name == "auto" ? 0
        : name.StartsWith("auto:", StringComparison.Ordinal) && int.TryParse(name[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var turn)
        ? turn : null;

    private static DeviceTrust Trust(int turn) => new(Candidate.InTurn(Untried.Value, turn), CheckMemory.OfUser(), Console.Error);

    private static IReadOnlyList<Candidate> Find()
    {
        try
        {
            return Candidate.All();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            Console.Error.WriteLine($"wage: auto: the drivers do not say what is there ({OneLine.Of(error.Message)}); going on without them.");
            return [];
        }
    }

    /// <summary>A device that opens although it is not listed cannot have been checked; one that does not open says why.</summary>
    private static void RefuseUnlisted(string device, int threads)
    {
        Create(device, threads).Dispose();
        throw new WageException(
            $"device {device}: opens, but the drivers do not list it, so it cannot be compared with the reference.",
            "train with --device cpu; `wage devices` lists what is there.");
    }

    /// <summary>Kernels are of integers.</summary>
    private static void RequireDomain(string device, Recipe recipe)
    {
        if (!recipe.SchemeSettings.Kind.IsInteger && GpuDevices.IsGpu(device))
            throw new WageException(
                $"device {device}: scheme {recipe.SchemeSettings.Kind.Name} computes on the processor only.", "take --device cpu.");
    }

    /// <summary>More threads than processors only wait for each other; who wants them all the same says so in the environment.</summary>
    private static void RequireThreads(int threads)
    {
        var most = Environment.GetEnvironmentVariable(ForceThreads) == "1" ? 1024 : Environment.ProcessorCount;
        if (threads >= 0 && threads <= most) return;
        throw new WageException(
            $"--threads: is {threads}, but must be from 1 to {most}, this machine's processors, or 0 for all of them.",
            threads is > 0 and <= 1024 ? $"{ForceThreads}=1 in the environment allows more." : null);
    }
}
