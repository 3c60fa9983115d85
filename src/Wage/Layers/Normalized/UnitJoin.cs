using Wage.Backends;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>
/// Where the error of a residual's branch meets that of its shortcut, which is known: both end in the errors of the activations before.
/// </summary>
internal sealed class UnitJoin(IBackend backend, ErrorSum sum, Tensor shifts, Tensor joined) : IErrorEnd
{
    /// <summary>How far below the coarser of two errors' units their sum is made.</summary>
    public const int Guard = 23;

    private UnitActivations? ends;
    private Signal shortcut;

    /// <inheritdoc/>
    public bool EndsSums => ends!.EndsSums;

    /// <summary>This step's: the activations, and the shortcut's error.</summary>
    public UnitJoin Of(UnitActivations ends, in Signal shortcut)
    {
        (this.ends, this.shortcut) = (ends, shortcut);
        return this;
    }

    /// <inheritdoc/>
    public Signal Errors(Tensor e, Tensor weights, in ConvGeometry g, Tensor sums, Tensor exponent, in StepContext s)
    {
        backend.EachColumn([exponent, shortcut.Exponent!], new ErrorShifts(Guard), 1, shifts, joined);
        return ends!.Errors(e, weights, g, sums, shortcut.Values, sum, shifts, joined, s);
    }
}
