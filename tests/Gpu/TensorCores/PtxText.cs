using System.Text.RegularExpressions;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>The instructions of a PTX kernel and where control goes from each: enough to ask what can happen before what.</summary>
internal sealed partial class PtxText
{
    private const string Branch = "bra";

    private readonly List<(string? Guard, string Text)> instructions = [];
    private readonly Dictionary<string, int> labels = [];

    public PtxText(string ptx)
    {
        Text = ptx;
        var start = ptx.IndexOf(".entry", StringComparison.Ordinal);
        foreach (var line in ptx[Math.Max(start, 0)..].Split('\n').Select(line => line.Trim()))
        {
            if (Label().Match(line) is { Success: true } label) labels[label.Groups[1].Value] = instructions.Count;
            else if (Instruction().Match(line) is { Success: true } found)
                instructions.Add((found.Groups[1].Success ? found.Groups[1].Value : null, found.Groups[2].Value.Replace('\t', ' ')));
        }
    }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>How many instructions start so.</summary>
    public int Count(string opcode) => instructions.Count(i => i.Text.StartsWith(opcode, StringComparison.Ordinal));

    /// <summary>
    /// An instruction that starts with <paramref name="second"/> and can follow one that starts with <paramref name="first"/>
    /// with none of <paramref name="between"/> on the way.
    /// </summary>
    public string? Unordered(string first, string second, string between)
    {
        for (var i = 0; i < instructions.Count; i++)
        {
            if (!instructions[i].Text.StartsWith(first, StringComparison.Ordinal)) continue;
            if (Reached(i, second, between) is { } found) return $"{instructions[i].Text} -> {found}";
        }

        return null;
    }

    [GeneratedRegex(@"^([\w$]+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^(?:(@!?%p\d+)\s+)?([a-z][^;]*);")]
    private static partial Regex Instruction();

    private string? Reached(int start, string second, string between)
    {
        var (waiting, seen) = (new Stack<int>(Next(start)), new HashSet<int>());
        while (waiting.TryPop(out var i))
        {
            if (!seen.Add(i) || instructions[i].Text.StartsWith(between, StringComparison.Ordinal)) continue;
            if (instructions[i].Text.StartsWith(second, StringComparison.Ordinal)) return instructions[i].Text;
            foreach (var next in Next(i)) waiting.Push(next);
        }

        return null;
    }

    private IEnumerable<int> Next(int i)
    {
        var (guard, text) = instructions[i];
        var jumps = text.StartsWith(Branch, StringComparison.Ordinal);
        if (jumps) yield return labels[text.Split(' ')[^1]];
        if ((jumps && guard is null) || text.StartsWith("ret", StringComparison.Ordinal) || i + 1 == instructions.Count) yield break;
        yield return i + 1;
    }
}
