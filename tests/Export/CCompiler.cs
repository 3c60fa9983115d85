using System.Diagnostics;
using System.Globalization;
using Wage.Export.C;
using Wage.Tests.Data;

namespace Wage.Tests.Export;

/// <summary>A C compiler of this machine; a test that needs one that is not there is skipped by its name.</summary>
internal static class CCompiler
{
    /// <summary>C99 to the letter, and no warning.</summary>
    public const string Strict = "-std=c99 -Wall -Wextra -Wconversion -pedantic -Werror";

    /// <summary>
    /// Every read and write beyond an array, and every operation that C leaves open, ends the program. Debian's clang comes without the library of
    /// its address sanitizer.
    /// </summary>
    public static string Sanitizers(string compiler) => compiler == "clang"
        ? "-O1 -fsanitize=undefined -fsanitize-trap=undefined" : "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all";

    /// <summary>Skips the test, by name, where there is no such program.</summary>
    public static void Require(string program)
    {
        if (!Exists(program)) Assert.Ignore($"{program} is not installed");
    }

    /// <summary>Whether there is such a program.</summary>
    public static bool Exists(string program) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>The program's scores of images.</summary>
    public static long[] Scores(CProgram program, string compiler, string options, ReadOnlySpan<byte> pixels)
    {
        using var scratch = new Scratch();
        Write(program, scratch.Folder);
        Build(compiler, $"{Strict} {options} -o model model.c example.c", scratch.Folder);
        return Scores(Run(scratch.Path("model"), "", scratch.Folder, pixels));
    }

    /// <summary>The numbers behind the class of each line.</summary>
    public static long[] Scores(string lines) =>
    [
        .. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]
            .Split(' ').Select(score => long.Parse(score, CultureInfo.InvariantCulture))),
    ];

    /// <summary>The three files.</summary>
    public static void Write(CProgram program, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "model.h"), program.Header);
        File.WriteAllText(Path.Combine(folder, "model.c"), program.Source);
        File.WriteAllText(Path.Combine(folder, "example.c"), program.Example);
    }

    /// <summary>The three files of its training.</summary>
    public static void Write(CTraining program, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "training.h"), program.Header);
        File.WriteAllText(Path.Combine(folder, "training.c"), program.Source);
        File.WriteAllText(Path.Combine(folder, "train.c"), program.Example);
    }

    /// <summary>Compiles, without a word.</summary>
    public static void Build(string compiler, string options, string folder) =>
        Assert.That(Run(compiler, options, folder, []), Is.Empty, $"{compiler} {options}");

    /// <summary>What a program says; it must end well.</summary>
    public static string Run(string program, string arguments, string folder, ReadOnlySpan<byte> input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (text, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using (var stream = process.StandardInput.BaseStream) stream.Write(input);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {arguments}: {errors.Result}");
        return text.Result + errors.Result;
    }
}
