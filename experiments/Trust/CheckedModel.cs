using System.Globalization;
using Wage.Backends;
using Wage.Experiments.Recipes;
using Wage.Experiments.Runs;
using Wage.Gpu;
using Wage.Tensors;

namespace Wage.Experiments.Trust;

/// <summary>What a check is of: nothing of it may differ where its answer is believed again.</summary>
/// <param name="Device">The hardware.</param>
/// <param name="Driver">Its driver's version.</param>
/// <param name="Version">The build of the kernels and of the arithmetic that they call.</param>
/// <param name="Model">What decides the model's operations and their branches: network, images, loss, options and the types of its numbers.</param>
internal sealed record CheckedModel(string Device, string Driver, string Version, string Model)
{
    /// <summary>This build.</summary>
    public static string ThisVersion { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{typeof(IBackend).Module.ModuleVersionId:N}-{typeof(IlgpuBackend).Module.ModuleVersionId:N}");

    /// <summary>The recipe's model on a device, as this build computes it.</summary>
    public static CheckedModel Of(Candidate device, Recipe recipe) => new(device.Hardware, device.Driver, ThisVersion, NameOf(recipe));

    private static string NameOf(Recipe recipe)
    {
        var names = recipe.Keys.Where(key => key.Name is "data.set" or "data.size" or "data.color" or "data.augment.pad"
            or "data.augment.flip" or "loss"
            || key.Name.StartsWith("model.", StringComparison.Ordinal) || (IsOfScheme(key.Name) && key.Kind.Choices.Count > 0));
        var types = recipe.AllBits.SelectMany(bits => new[] { ElementTypes.ForBits(bits.G), ElementTypes.ForBits(bits.E) });
        return string.Join(' ', [.. names.Select(key => recipe[key.Name]), .. types.Select(type => type.ToString())]);
    }

    /// <summary>An option that is a word or a flag chooses operations or their branches; a number does by the types alone.</summary>
    private static bool IsOfScheme(string key) => key.StartsWith(RecipeKeys.SchemePrefix, StringComparison.Ordinal) || LayerOptions.IsNamedBy(key);
}

/// <summary>A device that has to earn its trust.</summary>
/// <param name="Name">"cuda:0".</param>
/// <param name="Hardware">What it is.</param>
/// <param name="Driver">Its driver's version.</param>
/// <param name="IsProcessor">The machine's processor behind another interface, which auto never takes.</param>
/// <param name="Open">Opens it.</param>
internal sealed record Candidate(string Name, string Hardware, string Driver, bool IsProcessor, Func<IBackend> Open)
{
    /// <summary>The CUDA and OpenCL devices of this machine, in the order in which auto asks them.</summary>
    public static IReadOnlyList<Candidate> All() =>
    [
        .. GpuDevices.All().Where(device => Devices.NeedsTrust(device.Name)).Select(device => new Candidate(
            device.Name, device.Hardware, device.Driver, device.IsProcessor, () => GpuDevices.Open(device.Name))),
    ];

    /// <summary>The same, of each kind from this one on: processes of a machine that all ask the first one do not crowd on a card.</summary>
    public static IReadOnlyList<Candidate> InTurn(IReadOnlyList<Candidate> all, int turn) =>
    [
        .. all.GroupBy(device => (device.IsProcessor, device.Name.Split(':')[0])).SelectMany(kind =>
        {
            var first = turn % kind.Count();
            return kind.Skip(first).Concat(kind.Take(first));
        }),
    ];
}
