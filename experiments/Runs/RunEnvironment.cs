using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Wage.Data;

namespace Wage.Experiments.Runs;

/// <summary>
/// environment.json: what a run's result could depend on if something were wrong. The hashes of its images, and for each process that worked on it
/// the
/// commit, the machine, the runtime and the packages.
/// </summary>
/// <param name="Data">The hashes of the images, by part.</param>
/// <param name="Processes">One per start and resumption, the oldest first.</param>
internal sealed record RunEnvironment(DataHashes Data, JsonArray Processes)
{
    private const long MostBytes = 1 << 20;
    private const int MostProcesses = 100;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>An earlier file with this process added, or a new one.</summary>
    /// <param name="path">environment.json, which need not be there; a damaged one is begun again.</param>
    /// <param name="data">The hashes of this process's images.</param>
    /// <exception cref="WageException">The earlier part of the run saw other images.</exception>
    public static RunEnvironment Continue(string path, DataHashes data)
    {
        var (earlier, processes) = Read(path);
        if (earlier is not null && Difference(earlier, data) is { } difference)
            throw new WageException($"{path}: {difference}.", "bring the old data set back, or start another run with --out.");

        while (processes.Count >= MostProcesses) processes.RemoveAt(1);
        processes.Add(ThisProcess());
        return new RunEnvironment(data, processes);
    }

    /// <summary>What differs between a run's images and those that lie there now, in words; null: nothing, or the run's are not known.</summary>
    /// <param name="path">environment.json.</param>
    /// <param name="data">The images as they are read now.</param>
    public static string? Change(string path, Dataset data) =>
        Read(path).Data is { } earlier ? Difference(earlier, DataHashes.Of(data)) : null;

    private static string? Difference(DataHashes earlier, DataHashes data)
    {
        if (earlier == data) return null;
        var (part, now, was) = earlier.Train != data.Train ? ("training", data.Train, earlier.Train)
            : earlier.Test != data.Test ? ("test", data.Test, earlier.Test) : ("validation", data.Validation, earlier.Validation);
        return $"the {part} images are not those that the run began with: SHA-256 {Begin(now)}, was {Begin(was)}";
    }

    /// <summary>The file's content; the hashes are null and the list is empty where it is missing or damaged.</summary>
    public static (DataHashes? Data, JsonArray Processes) Read(string path)
    {
        if (SmallJson.Read(path, MostBytes) is not { } root) return (null, []);
        var data = SmallJson.Text(root["data"], "train") is { } train && SmallJson.Text(root["data"], "test") is { } test
            && train.Length == 64 && test.Length == 64 ? new DataHashes(train, test, SmallJson.Text(root["data"], "validation")) : null;
        return (data, root["processes"] is JsonArray processes ? (JsonArray)processes.DeepClone() : []);
    }

    /// <summary>Keeps what this process found missing in the folder.</summary>
    public void Note(IEnumerable<string> missing) => Processes[^1]!["missing"] = new JsonArray([.. missing.Select(lack => JsonValue.Create(lack))]);

    /// <summary>The file's content.</summary>
    public string ToJson()
    {
        var data = new JsonObject { ["train"] = Data.Train, ["test"] = Data.Test };
        if (Data.Validation is not null) data["validation"] = Data.Validation;
        var json = new JsonObject
        {
            ["data"] = data,
            ["processes"] = Processes.DeepClone(),
        };
        return json.ToJsonString(Indented) + "\n";
    }

    private static string Begin(string? hash) => hash is { Length: > 12 } ? $"{hash[..12]}..." : "of none";

    private static JsonObject ThisProcess()
    {
        var (machine, git) = (Machine.Current, GitState.Of(Environment.CurrentDirectory));
        var packages = new JsonObject();
        foreach (var (name, version) in Packages()) packages[name] = version;
        return new JsonObject
        {
            ["started"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["commit"] = git?.Commit,
            ["dirty"] = git?.Dirty,
            ["processor"] = machine.Processor,
            ["cores"] = machine.Cores,
            ["system"] = machine.System,
            ["runtime"] = machine.Runtime,
            ["packages"] = packages,
        };
    }

    /// <summary>This console and the packages that it refers to, with their versions (and the commit they were built from, where they say).</summary>
    private static IEnumerable<(string Name, string Version)> Packages()
    {
        var console = typeof(RunEnvironment).Assembly;
        yield return ("wage", Version(console));
        foreach (var name in console.GetReferencedAssemblies().OrderBy(name => name.Name, StringComparer.Ordinal))
        {
            var isFramework = name.Name is null || name.Name is "System" or "netstandard"
                || (name.Name.StartsWith("System.", StringComparison.Ordinal) && name.Name != "System.CommandLine")
                || name.Name.StartsWith("Microsoft.", StringComparison.Ordinal);
            if (!isFramework) yield return (name.Name!, Version(Assembly.Load(name)));
        }
    }

    private static string Version(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "?";
}

/// <summary>SHA-256 of each part of a data set: height, width, channels and count (Int32, little-endian), labels, pixels. Equal hashes mean equal
/// images,
/// however their files are packed.</summary>
/// <param name="Train">Of the training images, 64 hexadecimal digits.</param>
/// <param name="Test">Of the test images.</param>
/// <param name="Validation">Of the validation images; null where there are none.</param>
internal sealed record DataHashes(string Train, string Test, string? Validation = null)
{
    /// <summary>The hashes of these images.</summary>
    public static DataHashes Of(Dataset data) => new(Hash(data.Train), Hash(data.Test), data.Validation is { } set ? Hash(set) : null);

    /// <summary>The hash of one part.</summary>
    public static string Of(ImageSet set) => Hash(set);

    private static string Hash(ImageSet set)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var extent in (int[])[set.Height, set.Width, set.Channels, set.Count]) hash.AppendData(BitConverter.GetBytes(extent));
        hash.AppendData(set.Labels);
        hash.AppendData(set.Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
