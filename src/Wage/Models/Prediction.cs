namespace Wage.Models;

/// <summary>What a model says of one image.</summary>
public sealed class Prediction
{
    private readonly IReadOnlyList<string> names;
    private readonly int[] order;

    internal Prediction(IReadOnlyList<string> names, long[] scores, int fractionBits)
    {
        (this.names, Scores, FractionBits) = (names, scores, fractionBits);
        order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(label => scores[label])];
    }

    /// <summary>The class: the first of the greatest scores.</summary>
    public int Class => order[0];

    /// <summary>What it is called.</summary>
    public string Name => names[Class];

    /// <summary>The score of each class: value = score * 2^-<see cref="FractionBits"/>. They are no probabilities.</summary>
    public IReadOnlyList<long> Scores { get; }

    /// <summary>The unit of the scores.</summary>
    public int FractionBits { get; }

    /// <summary>The classes of the greatest scores, the greatest first; of equal scores the first class.</summary>
    /// <param name="count">How many, at most; there are not more than classes.</param>
    public IReadOnlyList<ClassScore> Top(int count) =>
        [.. order.Take(count).Select(label => new ClassScore(label, names[label], Scores[label]))];
}

/// <summary>The score of a class.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Score">See <see cref="Prediction.Scores"/>.</param>
public readonly record struct ClassScore(int Class, string Name, long Score);
