using Wage.Numbers;
using Wage.Quantization;

namespace Wage.Schemes;

/// <summary>
/// Every choice of WAGE, one named option for each point where the paper and the authors' program differ.
/// The defaults are the program's, which produced the published log; <see cref="Paper"/> is the paper's side of each.
/// </summary>
public sealed record WageOptions
{
    /// <summary>k_W, k_A, k_G, k_E. Default 2-8-8-8.</summary>
    public BitWidths Bits { get; init; } = new(2, 8, 8, 8);

    /// <summary>beta in L_min = beta sigma(k_W). Default 3/2.</summary>
    public Ratio Beta { get; init; } = new(3, 2);

    /// <summary>c in the fan-in limit L = sqrt(c / n): 3 in the program, 6 in the paper. Default 3.</summary>
    public int FanInLimit { get; init; } = 3;

    /// <summary>Stored weights are clipped to 1 - sigma(k_W) (program) or 1 - sigma(k_G) (paper).</summary>
    public StoredClip StoredClip { get; init; } = StoredClip.WeightGrid;

    /// <summary>Weights start on the k_W grid (program) or on the k_G grid.</summary>
    public InitialGrid InitialWeights { get; init; } = InitialGrid.WeightGrid;

    /// <summary>Clip the old weight and subtract (program), or subtract and clip (paper).</summary>
    public ClipOrder ClipOrder { get; init; } = ClipOrder.BeforeUpdate;

    /// <summary>Exact stochastic rounding (the program's float uniform, done right), or the paper's 16 bits.</summary>
    public Randomizer Randomizer { get; init; } = Randomizer.Exact;

    /// <summary>
    /// Half to even (program) or half away from zero: the ties of initial weights and of the 16-bit randomizer, and of the tensors below that have no
    /// rounding of their own.
    /// </summary>
    public Rounding Rounding { get; init; } = Rounding.HalfEven;

    /// <summary>How Q_W drops bits; null: as <see cref="Rounding"/>.</summary>
    public Rounding? WeightRounding { get; init; }

    /// <summary>How Q_A drops bits; null: as <see cref="Rounding"/>.</summary>
    public Rounding? ActivationRounding { get; init; }

    /// <summary>How Q_E drops bits; null: as <see cref="Rounding"/>.</summary>
    public Rounding? ErrorRounding { get; init; }

    /// <summary>False: Q_W is straight through in the backward pass (program). True: a clip mask.</summary>
    public bool WeightClipMask { get; init; }

    /// <summary>Q_A's clip mask in the backward pass. Default inclusive (program).</summary>
    public ClipMask ActivationClipMask { get; init; } = ClipMask.Inclusive;

    /// <summary>gamma of WAGE's Table 2, a power of two from 1 to 128: the window of Q_E ends at Shift(max|e|) / gamma. Default 1.</summary>
    public int ErrorWindow { get; init; } = 1;

    /// <summary>Where the range of Q_E comes from. Default: the step's own maximum, as in the paper.</summary>
    public RangeEstimator ErrorRange { get; init; }

    /// <summary>The same of Q_G.</summary>
    public RangeEstimator GradientRange { get; init; }

    /// <summary>How much of a moving range stays when a maximum joins it, below 1; null: nothing. Default 9/10.</summary>
    public Ratio? RangeMomentum { get; init; } = new Ratio(9, 10);

    /// <summary>log2 of a fixed range of errors, in units of the accumulators that Q_E reads, 0 to 54. Default 16.</summary>
    public int FixedErrorRange { get; init; } = 16;

    /// <summary>The same of gradients.</summary>
    public int FixedGradientRange { get; init; } = 16;

    /// <summary>
    /// Steps make a share of the weights ternary and leave the others 8 bits; null: Q_W of k_W bits. It needs k_W = 2 and k_G from 8 on.
    /// </summary>
    public HybridRows? Hybrid { get; init; }

    /// <summary>The paper's side of every difference.</summary>
    public static WageOptions Paper { get; } = new()
    {
        FanInLimit = 6,
        StoredClip = StoredClip.GradientGrid,
        InitialWeights = InitialGrid.GradientGrid,
        ClipOrder = ClipOrder.AfterUpdate,
        Randomizer = Randomizer.Bits16,
        Rounding = Rounding.HalfAway,
    };

    /// <summary>How an update enters a stored weight: the clip in units of sigma(k_G), its order and the storage limit.</summary>
    public WeightClip StoredUpdate => new(
        StoredClip == StoredClip.WeightGrid ? BitWidths.Limit(Bits.W) << (Bits.G - Bits.W) : BitWidths.Limit(Bits.G),
        ClipOrder == ClipOrder.BeforeUpdate, BitWidths.Limit(Bits.G));

    /// <summary>The options that these settings of the scheme "wage" say.</summary>
    /// <exception cref="WageException">The bit widths do not go together.</exception>
    public static WageOptions Of(SchemeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return WageKind.Options(settings);
    }

    /// <summary>The scheme of these options.</summary>
    /// <exception cref="WageException">An option is out of range, or two do not go together.</exception>
    public Scheme ToScheme() => new WageScheme(this) { Settings = WageKind.Settings(this) };
}

/// <summary>The clip of stored weights.</summary>
public enum StoredClip
{
    /// <summary>1 - sigma(k_W).</summary>
    WeightGrid,

    /// <summary>1 - sigma(k_G).</summary>
    GradientGrid,
}

/// <summary>The grid of the initial weights.</summary>
public enum InitialGrid
{
    /// <summary>Multiples of sigma(k_W).</summary>
    WeightGrid,

    /// <summary>Multiples of sigma(k_G).</summary>
    GradientGrid,
}

/// <summary>When stored weights are clipped.</summary>
public enum ClipOrder
{
    /// <summary>The old weight, before the update is subtracted.</summary>
    BeforeUpdate,

    /// <summary>The new weight.</summary>
    AfterUpdate,
}
