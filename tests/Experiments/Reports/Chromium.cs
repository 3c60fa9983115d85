using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Wage.Tests.Experiments.Reports;

/// <summary>A page in a browser without a window: its document after its scripts ran, and what they complained of.</summary>
internal static partial class Chromium
{
    private const int PatienceMilliseconds = 60_000;

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Opens a copy of the page with one more script at its end, and gives the document as it then stands.</summary>
    /// <param name="page">The HTML file.</param>
    /// <param name="width">Of the window, in CSS pixels.</param>
    /// <param name="script">What the test does on the page.</param>
    /// <param name="scratch">A folder for the copy and the browser's profile.</param>
    public static (string Document, IReadOnlyList<string> Complaints) Open(string page, int width, string script, string scratch)
    {
        var copy = Path.Combine(scratch, $"{width}.html");
        File.WriteAllText(copy, File.ReadAllText(page).Replace("</body>", $"<script>{script}</script></body>", StringComparison.Ordinal));
        var (document, log) = Start(
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--hide-scrollbars",
            string.Create(CultureInfo.InvariantCulture, $"--window-size={width},900"), $"--user-data-dir={Path.Combine(scratch, "profile")}",
            "--dump-dom", new Uri(copy).AbsoluteUri);
        return (document, [.. log.Split('\n').Where(line => Complaint().IsMatch(line))]);
    }

    private static (string Output, string Log) Start(params string[] arguments)
    {
        foreach (var name in Names)
        {
            try
            {
                var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
                using var process = Process.Start(start)!;
                var log = process.StandardError.ReadToEndAsync();
                var output = process.StandardOutput.ReadToEndAsync();
                if (!process.WaitForExit(PatienceMilliseconds)) process.Kill(entireProcessTree: true);
                return (output.Result, log.Result);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not under this name.
            }
        }

        Assert.Ignore("there is no Chromium on the PATH");
        throw new InvalidOperationException();
    }

    [GeneratedRegex("CONSOLE")]
    private static partial Regex Complaint();
}
