namespace Wage.Numbers;

/// <summary>
/// k_W, k_A, k_G, k_E: the bits of weights, activations, gradients (and stored weights) and errors. k bits hold the integers
/// -(2^(k-1) - 1) .. 2^(k-1) - 1, the multiples of sigma = 2^(1-k) in (-1, 1). WAGE eq. 2-3.
/// </summary>
public readonly record struct BitWidths
{
    /// <summary>Checks the ranges: W 2..8, A 2..8, G 2..16, E 2..16, and G > W.</summary>
    /// <exception cref="WageException">A width is out of range, or G &lt;= W.</exception>
    public BitWidths(int w, int a, int g, int e)
    {
        Require("kW", w, 8);
        Require("kA", a, 8);
        Require("kG", g, 16);
        Require("kE", e, 16);
        if (g <= w)
        {
            throw new WageException(
                $"{Term.Option("kG")}: is {g} with kW = {w}, but kG must be greater than kW: weights are stored with kG bits and used with kW, " +
                $"so that small updates can add up before they show; with kG <= kW every step flips weights and training diverges.",
                $"set kG to at least {w + 1} (the paper uses 2-8-8-8).");
        }

        (W, A, G, E) = (w, a, g, e);
    }

    /// <summary>k_W, 2..8.</summary>
    public int W { get; }

    /// <summary>k_A, 2..8.</summary>
    public int A { get; }

    /// <summary>k_G, 2..16, greater than k_W.</summary>
    public int G { get; }

    /// <summary>k_E, 2..16.</summary>
    public int E { get; }

    /// <summary>The greatest integer of k bits: 2^(k-1) - 1.</summary>
    public static int Limit(int bits) => checked((1 << (bits - 1)) - 1);

    /// <summary>"2-8-8-8": W, A, G, E.</summary>
    public override string ToString() => $"{W}-{A}-{G}-{E}";

    private static void Require(string name, int bits, int most)
    {
        if (bits < 2 || bits > most) throw new WageException($"{Term.Option(name)}: is {bits}, but must be from 2 to {most} bits.");
    }
}
