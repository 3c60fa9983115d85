using System.Security.Cryptography;
using System.Text;
using Wage.Data;
using Wage.Experiments.Commands;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Files;
using Wage.Training;

namespace Wage.Experiments.Ranks;

/// <summary>
/// What the first rank has chosen to train, and the others train with it: they need the images, but neither the run's folder nor the recipe's file.
/// </summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Device">--device, or the one of the run's earlier part.</param>
/// <param name="DataFolder">Where the earlier part found its images; null: there is none.</param>
internal sealed record RankJob(Recipe Recipe, string Device, string? DataFolder)
{
    private const string SameCode = "install the same version on every machine, and give every rank the same command.";

    /// <summary>Gives the job, and the folder's checkpoint where it has one, to the other ranks.</summary>
    public void Send(RankGroup ranks, RunFolder folder)
    {
        if (ranks.Size == 1) return;
        foreach (var text in (string[])[Recipe.ToYaml(), Device, DataFolder ?? string.Empty]) ranks.Gather(text);
        ranks.Gather(ranks.Agreed(() => BoundedFile.Length(folder.LastPath) > 0 ? BytesOf(folder.LastPath) : []));
        ranks.Meet(Device);
    }

    /// <summary>The other ranks' side of <see cref="Send"/>; what it gives reads the job, and the checkpoint to go on from or null.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="ownDevice">This rank's --device; null: the job's.</param>
    public static Func<(RankJob Job, Checkpoint? Checkpoint)> Receive(RankGroup ranks, string? ownDevice)
    {
        var (yaml, device, data) = (ranks.Gather(string.Empty)[0], ranks.Gather(string.Empty)[0], ranks.Gather(string.Empty)[0]);
        ranks.Agree(() => { });
        var saved = ranks.Gather([])[0];
        ranks.Meet(ownDevice ?? device);
        return () => (
            new RankJob(Recipe.Resolve(RecipeReader.ReadText("rank 0's recipe", yaml)), device, data.Length == 0 ? null : data),
            saved.Length == 0 ? null : Read(saved));
    }

    /// <summary>A checkpoint for another rank, in one message: it is never longer than one can be.</summary>
    /// <exception cref="WageException">It is longer than a checkpoint, or cannot be read.</exception>
    public static byte[] BytesOf(string path) => BoundedFile.ReadAll(path, "checkpoint", SealedFile.MostBytes);

    /// <summary>A checkpoint that came from another rank.</summary>
    /// <exception cref="WageException">It is none, or the folder of temporary files does not take it.</exception>
    public static Checkpoint Read(byte[] bytes)
    {
        var path = Path.Combine(Path.GetTempPath(), $"wage-{Path.GetRandomFileName()}");
        try
        {
            AtomicFile.Write(path, bytes);
            return Checkpoint.Read(path);
        }
        finally
        {
            if (File.Exists(path)) File.Delete(path);
        }
    }

    /// <summary>Refuses ranks of other programs, or that were asked for another recipe, or for many runs where others share one.</summary>
    /// <param name="ranks">All of them.</param>
    /// <param name="request">This one's.</param>
    /// <param name="many">--seeds and --sweep, in words; none: one run.</param>
    /// <exception cref="WageException">On every rank: one of them differs.</exception>
    public static void RequireSameRequest(RankGroup ranks, TrainRequest request, params string[] many)
    {
        if (ranks.Size == 1) return;
        ranks.RequireEqual("code version", CodeVersion, SameCode);
        ranks.RequireEqual(
            "recipe",
            string.Join(' ', [request.Recipe ?? RecipeCatalog.Default, .. request.Over.Select(given => $"{given.Key}={given.Value}"), .. many]),
            "give every rank the same command.");
    }

    /// <summary>Refuses ranks that would begin with other images or other weights.</summary>
    /// <exception cref="WageException">On every rank: one of them differs.</exception>
    public static void RequireSameStart(RankGroup ranks, Dataset data, Trainer trainer)
    {
        if (ranks.Size == 1) return;
        var hashes = DataHashes.Of(data);
        const string sameImages = "copy rank 0's data set to every machine.";
        ranks.RequireEqual("hash of the training images", hashes.Train, sameImages);
        ranks.RequireEqual("hash of the test images", hashes.Test, sameImages);
        ranks.RequireEqual("hash of the validation images", hashes.Validation ?? "none", sameImages);
        ranks.RequireEqual("hash of the first weights", trainer.Network.WeightsSha256(), "copy rank 0's file of initial weights to every machine.");
    }

    /// <summary>The version that the program says, and the beginning of a hash of its compiled code: equal sources make equal modules.</summary>
    private static string CodeVersion
    {
        get
        {
            var modules = new[] { typeof(RankJob), typeof(Trainer), typeof(Gpu.GpuDevices), typeof(Mpi.MpiWorld) }
                .Select(type => type.Module.ModuleVersionId.ToString());
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', modules))));
            return $"{typeof(RankJob).Assembly.GetName().Version} ({hash[..12]})";
        }
    }
}
