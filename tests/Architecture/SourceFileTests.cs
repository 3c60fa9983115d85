using System.Text.RegularExpressions;

namespace Wage.Tests.Architecture;

/// <summary>Every source file can be read on a screen, and holds one idea: its lines are not too long and not too many.</summary>
[Parallelizable]
public sealed partial class SourceFileTests
{
    private const int MostColumns = 150;
    private const int MostLines = 300;

    [Test]
    public void NoSourceFileHasALongLineOrTooManyLines()
    {
        var faults = SourceFiles().SelectMany(path => Faults(path, File.ReadAllLines(Repository.Path(path)))).ToList();
        Assert.That(faults, Is.Empty, string.Join('\n', faults));
    }

    [Test]
    public void TheFilesOfEveryProjectAreRead()
    {
        var files = SourceFiles().ToList();
        Assert.That(files, Does.Contain("tests/Architecture/SourceFileTests.cs").And.Contain("src/Gpu/Accelerators/DeviceSource.cs"));
        Assert.That(files, Does.Contain("src/Wage/WageException.cs").And.Contain("experiments/Program.cs"));
        Assert.That(files, Has.None.Contains("/obj/").And.None.Contains("/bin/"), "what a build writes is not ours");
    }

    [Test]
    public void ALongLineIsFoundAndPlaced() => Assert.That(
        Faults("planted.cs", ["// short", new string('x', MostColumns), new string('x', MostColumns + 1)]),
        Is.EqualTo(new[] { "planted.cs:3: 151 columns, at most 150" }));

    [Test]
    public void ALongFileIsFound()
    {
        Assert.That(Faults("planted.cs", [.. Enumerable.Repeat("// a line", MostLines)]), Is.Empty);
        Assert.That(
            Faults("planted.cs", [.. Enumerable.Repeat("// a line", MostLines + 1)]),
            Is.EqualTo(new[] { "planted.cs: 301 lines, at most 300" }));
    }

    private static IEnumerable<string> Faults(string path, string[] lines)
    {
        if (lines.Length > MostLines) yield return $"{path}: {lines.Length} lines, at most {MostLines}";
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > MostColumns) yield return $"{path}:{i + 1}: {lines[i].Length} columns, at most {MostColumns}";
        }
    }

    /// <summary>The C# files below the folders of the solution's projects, as paths from the repository's root.</summary>
    private static IEnumerable<string> SourceFiles()
    {
        var paths =
            from project in Projects().Matches(Repository.Text("Wage.sln"))
            let folder = Repository.Path(Path.GetDirectoryName(project.Groups[1].Value.Replace('\\', '/'))!)
            from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            let path = Path.GetRelativePath(Repository.Path("."), file).Replace('\\', '/')
            where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
            select path;
        return paths.Distinct();
    }

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex Projects();
}
