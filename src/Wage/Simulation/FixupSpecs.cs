using Wage.Models;
using Wage.Schemes;

namespace Wage.Simulation;

/// <summary>How the weights of a described network with Fixup begin.</summary>
internal static class FixupSpecs
{
    /// <summary>The residuals whose branches have Fixup; null: no layer of the network is one.</summary>
    public static int? Residuals(SpecList<LayerSpec> network)
    {
        var all = Flat(network).ToList();
        return all.Exists(IsFixup) ? all.Count(spec => spec is ResidualSpec residual && IsIn(residual.Branch)) : null;
    }

    /// <summary>Whether layers have Fixup among them.</summary>
    public static bool IsIn(SpecList<LayerSpec> branch) => branch.Any(IsFixup);

    /// <summary>What Fixup makes of a layer of a residual's branch.</summary>
    public static FixupStart Start(int residuals, SpecList<LayerSpec> branch, int i) => new(
        residuals, branch.Count(spec => spec is ProductSpec), !branch.Skip(i + 1).Any(spec => spec is ProductSpec));

    private static bool IsFixup(LayerSpec spec) => spec is BatchNormSpec { IsFixup: true };

    private static IEnumerable<LayerSpec> Flat(IEnumerable<LayerSpec> specs) => specs.SelectMany(spec => spec switch
    {
        ResidualSpec residual => Flat([.. residual.Branch, .. residual.Shortcut]).Prepend(spec),
        ConcatSpec concat => Flat(concat.Branches.SelectMany(branch => branch)).Prepend(spec),
        _ => [spec],
    });
}
