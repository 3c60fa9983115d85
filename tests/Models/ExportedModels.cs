using System.Globalization;
using Wage.Backends;
using Wage.Data;
using Wage.Models;
using Wage.Training;

namespace Wage.Tests.Models;

/// <summary>
/// Whole models and images for tests of exports. WAGE_EXPORT_MODELS is a folder of .wplan files, WAGE_EXPORT_IMAGES how many test images of the data
/// set with their shape (mnist or cifar10, in WAGE_DATA) each is asked about; without them a narrow LeNet is asked about synthetic digits.
/// </summary>
internal static class ExportedModels
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("WAGE_EXPORT_MODELS");
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("WAGE_EXPORT_IMAGES") ?? "100", CultureInfo.InvariantCulture);

    /// <summary>Whether the models are a folder's.</summary>
    public static bool AreGiven => Folder is not null;

    /// <summary>The models' names.</summary>
    public static IReadOnlyList<string> Names { get; } = Folder is null
        ? ["lenet"] : [.. Directory.GetFiles(Folder, "*.wplan").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    /// <summary>A model with its images and how many of them are asked about.</summary>
    public static (ModelPlanFile Model, ImageSet Images, int Count) Of(string name)
    {
        var model = Folder is null ? Narrow() : ModelPlanFile.Read(Path.Combine(Folder, $"{name}.wplan"));
        var images = Folder is null ? SyntheticDigits.Create(2, 1, Count).Test
            : DatasetCatalog.Load(model.Plan.Image[3] == 1 ? "mnist" : "cifar10", Environment.GetEnvironmentVariable("WAGE_DATA")).Test;
        return (model, images, Math.Min(Count, images.Count));
    }

    private static ModelPlanFile Narrow()
    {
        using var backend = new HostBackend(2);
        using var trainer = PlannedNetworks.Train("lenet", backend);
        return ModelPlanFileTests.Of(((Network)trainer.Network).ToPlan());
    }
}
