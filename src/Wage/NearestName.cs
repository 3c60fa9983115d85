namespace Wage;

/// <summary>Finds what a misspelt name was meant to be, for error messages.</summary>
internal static class NearestName
{
    private const int LongestName = 64;
    private const int ShortestPrefix = 3;

    /// <summary>
    /// The known name nearest to <paramref name="given"/>: fewest insertions, deletions, replacements and swaps of neighbours, with upper
    /// and lower case equal; a known name that begins with what was given is one away. Of equally near names the first in ordinal order.
    /// </summary>
    /// <returns>Null when more than a third of the letters differ in every name.</returns>
    public static string? Of(string given, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(given);
        ArgumentNullException.ThrowIfNull(known);
        if (given.Length is 0 or > LongestName) return null;
        string? nearest = null;
        var least = int.MaxValue;
        foreach (var name in known)
        {
            if (name.Length is 0 or > LongestName) continue;
            var distance = Distance(given.ToLowerInvariant(), name.ToLowerInvariant());
            var allowed = (Math.Max(given.Length, name.Length) + 2) / 3;
            var begins = given.Length >= ShortestPrefix && name.StartsWith(given, StringComparison.OrdinalIgnoreCase);
            if (begins) distance = Math.Min(distance, 1);
            if (distance > allowed || distance >= Math.Max(given.Length, name.Length)) continue;
            if (distance > least || (distance == least && string.CompareOrdinal(name, nearest) >= 0)) continue;
            (nearest, least) = (name, distance);
        }

        return nearest;
    }

    /// <summary>Damerau's distance restricted to swaps of neighbours that are not edited again (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) cost[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) cost[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                var swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if (swapped) cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[a.Length, b.Length];
    }
}
