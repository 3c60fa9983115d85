namespace Wage;

/// <summary>What a user of the library sets or calls, as messages name it. A program may have an option or a command of its own for each.</summary>
public enum TermKind
{
    /// <summary>The images of a step.</summary>
    Batch,

    /// <summary>The learning rate; the value is one.</summary>
    Rate,

    /// <summary>The epochs without a better one after which training stops.</summary>
    Patience,

    /// <summary>How many scores a model gives.</summary>
    Classes,

    /// <summary>The sizes of a multilayer perceptron.</summary>
    Sizes,

    /// <summary>The blocks of a residual network's stage.</summary>
    Blocks,

    /// <summary>A multilayer perceptron.</summary>
    Mlp,

    /// <summary>Batch norm in a whole model.</summary>
    BatchNorm,

    /// <summary>ReLU in a whole model.</summary>
    Relu,

    /// <summary>Products as the shortcuts of a residual network.</summary>
    Projection,

    /// <summary>An option of the scheme; the value is its name, "kE", or its name and value, "kE=8".</summary>
    Option,

    /// <summary>The accumulators that a model may use, chosen by its bounds.</summary>
    Accumulators,

    /// <summary>Pixels from 0 to 1.</summary>
    UnitInput,

    /// <summary>The size that images are brought to.</summary>
    ImageSize,

    /// <summary>What becomes of images of other proportions.</summary>
    ImageFit,

    /// <summary>The images that are taken for the test where there are none.</summary>
    TestShare,

    /// <summary>Where the data sets lie: a whole sentence without its end.</summary>
    DataFolder,

    /// <summary>What lists the formats of data.</summary>
    DataFormats,

    /// <summary>What fetches the data set of this name.</summary>
    Download,

    /// <summary>The server of a download.</summary>
    Mirror,

    /// <summary>The device; the value is its name.</summary>
    Device,

    /// <summary>What lists the devices.</summary>
    Devices,

    /// <summary>What compares the device of this name with the reference.</summary>
    SelfTest,

    /// <summary>What goes on from a checkpoint.</summary>
    Resume,
}

/// <summary>
/// A code and a value in a <see cref="Wording"/>. It lives on the stack alone, so that no ordinary text can take it: there it would lose its code.
/// </summary>
/// <param name="kind">The code.</param>
/// <param name="value">The value: "1/4", "kE=8", "mnist"; null: none.</param>
public readonly ref struct Term(TermKind kind, string? value = null)
{
    /// <summary>The code.</summary>
    public TermKind Kind { get; } = kind;

    /// <summary>The value, or null.</summary>
    public string? Value { get; } = value;

    internal static Term Batch => new(TermKind.Batch);

    internal static Term Eta => new(TermKind.Rate);

    internal static Term ImageSize => new(TermKind.ImageSize);

    internal static Term Device => new(TermKind.Device);

    internal static Term Devices => new(TermKind.Devices);

    /// <summary>An option of the scheme, "kE", or "kE=8".</summary>
    internal static Term Option(string name) => new(TermKind.Option, name);

    /// <summary>A learning rate.</summary>
    internal static Term EtaOf(Numbers.Ratio eta) => new(TermKind.Rate, eta.ToString());

    /// <summary>The library's own words.</summary>
    internal static string Plain(TermKind kind, string? value) => kind switch
    {
        TermKind.Batch => "batch",
        TermKind.Rate => value is null ? "eta" : $"eta={value}",
        TermKind.Patience => "patience",
        TermKind.Classes => "the classes of the model",
        TermKind.Sizes => "sizes",
        TermKind.Blocks => "blocks",
        TermKind.Mlp => "ModelSpec.Mlp",
        TermKind.BatchNorm => "BatchNormSpec",
        TermKind.Relu => "ReluSpec",
        TermKind.Projection => "ResNetShortcut.Projection",
        TermKind.Option => value ?? "option",
        TermKind.Accumulators => "AccumulatorWidth.Auto",
        TermKind.UnitInput => "InputRange.Unit",
        TermKind.ImageSize => "DatasetOptions.Size",
        TermKind.ImageFit => "DatasetOptions.Fit",
        TermKind.TestShare => "DatasetOptions.Test",
        TermKind.DataFolder => "give the folder that holds a folder per data set (OwnDataset reads one of your own)",
        TermKind.DataFormats => "OwnDataset",
        TermKind.Download => "DatasetDownload",
        TermKind.Mirror => "the argument mirror",
        TermKind.Device => value is null ? "device" : $"device {value}",
        TermKind.Devices => "GpuDevices",
        TermKind.SelfTest => "BackendCheck",
        TermKind.Resume => "Checkpoint.Read",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
