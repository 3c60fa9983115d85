namespace Wage.Tests;

/// <summary>Files of the repository that the tests were built in.</summary>
internal static class Repository
{
    /// <summary>The path of a file, found upwards from the tests.</summary>
    public static string Path(string relative)
    {
        for (var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Wage.sln"))) return System.IO.Path.Combine(folder.FullName, relative);
        }

        throw new FileNotFoundException($"there is no repository above {TestContext.CurrentContext.TestDirectory}");
    }

    /// <summary>The text of a file, with line feeds.</summary>
    public static string Text(string relative) => File.ReadAllText(Path(relative)).ReplaceLineEndings("\n");
}
