using Wage.Simulation.Conversion;

namespace Wage.Simulation.Ranges;

/// <summary>
/// Direction-sensitive gradient clipping, Zhu et al. 2020: the range [-c, c] with codes -(2^(k-1) - 1) to 2^(k-1) - 1 and the c in [0.01, 1] max|G|
/// whose nearest rounding turns the tensor least, d = 1 - cos(G, Q(G; c)), searched every N steps to within 1e-3 max|G| and kept in between. The
/// golden section is this project's; Zhu et al. search on a distance of their own. A tensor of zeros keeps c, and d = 0.
/// </summary>
internal sealed class DirectionSensitive : IRangeEstimator
{
    private const double LeastShare = 0.01, Tolerance = 1e-3;
    private const float Steepness = 20, LeastRate = 0.1f;

    private readonly CosineDistance direction;
    private readonly uint every;
    private readonly bool scalesRate;
    private readonly Func<double, double> distance;
    private FloatTensor? searched;

    /// <summary>For one tensor.</summary>
    /// <param name="direction">Measures it.</param>
    /// <param name="every">N.</param>
    /// <param name="bits">k.</param>
    /// <param name="scalesRate">Whether the layer learns at max(exp(-20 d), 0.1) of the rate, with the d of the last search.</param>
    public DirectionSensitive(CosineDistance direction, uint every, int bits, bool scalesRate)
    {
        (this.direction, this.every, this.scalesRate) = (direction, every, scalesRate);
        distance = c => direction.Of(searched!, AffineGrid.Symmetric("c", (float)c, bits));
    }

    /// <inheritdoc/>
    public string Words => $"DSGC, searched every {every} steps{(scalesRate ? ", which scales the learning rate" : string.Empty)}";

    /// <summary>False: the steps that search read their tensor many times.</summary>
    public bool IsStatic => false;

    /// <inheritdoc/>
    public bool IsState => true;

    /// <inheritdoc/>
    public TensorRange Next(RangeState state, TensorRange found, FloatTensor x, uint step)
    {
        if (state.IsKnown && step % every != 0) return state.Range;
        var most = (double)direction.Measure(x);
        if (most == 0)
        {
            state.Deviation = 0;
            return state.IsKnown ? state.Range : found;
        }

        searched = x;
        var c = (float)GoldenSection.Minimum(LeastShare * most, most, Tolerance * most, distance);
        state.Deviation = (float)distance(c);
        state.Move(new TensorRange(-c, c));
        return state.Range;
    }

    /// <inheritdoc/>
    public AffineGrid Grid(string tensor, TensorRange range, int bits) => AffineGrid.Symmetric(tensor, range.Greatest, bits);

    /// <inheritdoc/>
    public float Rate(RangeState state) => scalesRate ? Math.Max(FloatMath.Exp(-Steepness * state.Deviation), LeastRate) : 1;
}
