namespace Wage.Experiments.Pictures;

/// <summary>The horizontal axis of a key's values: numbers lie at their place, words side by side.</summary>
internal sealed class ValueAxis
{
    private const double Inset = 34;
    private readonly IReadOnlyList<string> values;
    private readonly Scale scale;

    /// <summary>An axis for these values, between two coordinates.</summary>
    public ValueAxis(IReadOnlyList<string> values, double left, double right)
    {
        this.values = values;
        var numbers = values.Select(SweepData.Number).OfType<double>().ToList();
        IsNumeric = numbers.Count == values.Count;
        var half = (right - left) / (2 * values.Count);
        var inset = IsNumeric ? Math.Min(Inset, half) : half;
        scale = Place(IsNumeric ? numbers : [.. values.Select((_, i) => (double)i)], left + inset, right - inset);
        Slot = values.Count == 1 ? right - left : values.Zip(values.Skip(1), (first, second) => At(second) - At(first)).Min();
    }

    /// <summary>True when every value is a number: then a line between two of them has a meaning.</summary>
    public bool IsNumeric { get; }

    /// <summary>The room of a value: the smallest distance of two.</summary>
    public double Slot { get; }

    /// <summary>The coordinate of a value.</summary>
    public double At(string value) =>
        scale.At(IsNumeric ? SweepData.Number(value)!.Value : Enumerable.Range(0, values.Count).First(i => values[i] == value));

    /// <summary>Logarithmic for values that lie much more evenly so: 1, 2, 4, 8.</summary>
    private static Scale Place(List<double> numbers, double left, double right)
    {
        var (low, high) = (numbers[0], numbers[^1]);
        if (numbers.Count < 3 || low <= 0) return new LinearScale(low, high, left, right);
        double Gap(Func<double, double> of) => numbers.Zip(numbers.Skip(1), (first, second) => of(second) - of(first)).Min() / (of(high) - of(low));
        return Gap(Math.Log) > 1.5 * Gap(number => number) ? new LogarithmicScale(low, high, left, right) : new LinearScale(low, high, left, right);
    }
}
