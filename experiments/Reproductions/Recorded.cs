namespace Wage.Experiments.Reproductions;

/// <summary>What was measured of a reproduction before, as it comes with the console.</summary>
/// <param name="Rows">The runs.</param>
/// <param name="Statistics">What their figures show; none where there are no figures.</param>
internal sealed record Recorded(IReadOnlyList<ExpectedRow> Rows, IReadOnlyList<StatisticsRow> Statistics)
{
    /// <summary>How the integers answer; none where nothing is converted.</summary>
    public IReadOnlyList<IntegerScore> Integers { get; init; } = [];

    /// <summary>Nothing.</summary>
    public static Recorded Nothing { get; } = new([], []);

    /// <summary>The recorded results of this reproduction.</summary>
    public static Recorded Of(Reproduction reproduction) =>
        new(ExpectedRow.Recorded(reproduction.Name), StatisticsRow.Recorded(reproduction.Name))
        {
            Integers = IntegerScore.Recorded(reproduction.Name),
        };
}
