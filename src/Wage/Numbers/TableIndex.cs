namespace Wage.Numbers;

/// <summary>Where a table of a function of few bits has the value of x.</summary>
public static class TableIndex
{
    /// <summary>x - least, where x before the table counts as its first and behind it as its last; of any x and any least.</summary>
    /// <param name="x">The value.</param>
    /// <param name="least">The x of the table's first entry.</param>
    /// <param name="entries">At least 1.</param>
    public static int Of(long x, int least, int entries) =>
        (int)checked(Math.Max(least, Math.Min(x, checked((long)least + entries - 1))) - least);
}
