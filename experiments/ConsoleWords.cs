namespace Wage.Experiments;

/// <summary>What the library's terms are here: keys of recipes, options and commands.</summary>
internal static class ConsoleWords
{
    /// <summary>The message with its hint.</summary>
    public static string InWords(this WageException error) => error.In(Of);

    /// <summary>A text of the library.</summary>
    public static string InWords(this Wording text) => text.In(Of);

    /// <summary>The key, option or command.</summary>
    public static string Of(TermKind kind, string? value) => kind switch
    {
        TermKind.Batch => "training.batch",
        TermKind.Rate => value is null ? "training.eta" : $"training.eta={value}",
        TermKind.Patience => "training.patience",
        TermKind.Classes => "model.classes",
        TermKind.Sizes => "model.sizes",
        TermKind.Blocks => "model.blocks",
        TermKind.Mlp => "model.kind mlp",
        TermKind.BatchNorm => "model.batchNorm",
        TermKind.Relu => "model.activation=relu",
        TermKind.Projection => "model.shortcut=projection",
        TermKind.Option => $"scheme.{value}",
        TermKind.Accumulators => "scheme.accumulator=auto",
        TermKind.UnitInput => "data.input=unit",
        TermKind.ImageSize => "data.size",
        TermKind.ImageFit => "data.fit",
        TermKind.TestShare => "data.testShare",
        TermKind.DataFolder => "--data DIR or WAGE_DATA sets the folder that holds a folder per data set (data.set names one of your own)",
        TermKind.DataFormats => "`wage data list`",
        TermKind.Download => $"`wage data get {value}`",
        TermKind.Mirror => "--mirror URL",
        TermKind.Device => value is null ? "--device" : $"--device {value}",
        TermKind.Devices => "`wage devices`",
        TermKind.SelfTest => $"`wage selftest --device {value}`",
        TermKind.Resume => "`wage train --resume`",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
