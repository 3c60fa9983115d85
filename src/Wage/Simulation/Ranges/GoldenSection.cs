namespace Wage.Simulation.Ranges;

/// <summary>Golden section search, Kiefer 1953: products and sums of doubles alone, which all machines round alike.</summary>
internal static class GoldenSection
{
    private const double Ratio = 0.618033988749894848;      // (sqrt 5 - 1) / 2

    /// <summary>
    /// The middle of an interval not longer than a tolerance, in which a function that falls and then rises has its least value. Of two equal values
    /// the side of the greater argument is kept.
    /// </summary>
    /// <param name="low">The interval's beginning.</param>
    /// <param name="high">Its end.</param>
    /// <param name="tolerance">Above 0.</param>
    /// <param name="function">Called once to begin with, and once for each part that is cut off.</param>
    public static double Minimum(double low, double high, double tolerance, Func<double, double> function)
    {
        var (left, right) = (high - (Ratio * (high - low)), low + (Ratio * (high - low)));
        var (atLeft, atRight) = (function(left), function(right));
        while (high - low > tolerance)
        {
            if (atLeft < atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (Ratio * (high - low));
                atLeft = function(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (Ratio * (high - low));
                atRight = function(right);
            }
        }

        return low + ((high - low) / 2);
    }
}
