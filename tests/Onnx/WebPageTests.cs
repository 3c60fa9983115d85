using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Wage.Backends;
using Wage.Data;
using Wage.Experiments.Exports;
using Wage.Models;
using Wage.Tests.Data;
using Wage.Tests.Models;
using Wage.Training;

namespace Wage.Tests.Onnx;

/// <summary>
/// The page in Chromium without a window: its scores are the model's, and hostile class names are text in it. WAGE_ORT_WEB is the folder dist of the
/// npm package onnxruntime-web.
/// </summary>
public sealed class WebPageTests
{
    private const int Images = 20, PatienceMilliseconds = 60_000;
    private static readonly string? Runtime = Environment.GetEnvironmentVariable("WAGE_ORT_WEB");

    [Test]
    public void ThePageHasTheScoresOfTheModel()
    {
        if (Runtime is null) Assert.Ignore("WAGE_ORT_WEB does not name the folder dist of npm's onnxruntime-web");
        using var scratch = new Scratch();
        using var backend = new HostBackend(1);
        using var trainer = PlannedNetworks.Train("lenet", backend);
        var file = ModelPlanFileTests.Of(((Network)trainer.Network).ToPlan());
        new WebFormat().Write(file with { Data = file.Data with { ClassNames = ["</script><b>0</b>", "one"] } }, scratch.Folder);
        foreach (var name in new[] { "ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm" })
            File.Copy(Path.Combine(Runtime!, name), scratch.Path(name));
        var pixels = SyntheticDigits.Create(2, 1, Images).Test.Pixels;
        var images = pixels.Chunk(file.Plan.Image.Length).Select(image => image.Select(p => (int)p));
        File.WriteAllText(scratch.Path("asked.json"), JsonSerializer.Serialize(images));
        const string ask = """
            <script>(async () => {
              const all = [];
              try {
                for (const image of await (await fetch('asked.json')).json()) all.push(...await scores(Uint8Array.from(image)));
                await new Promise(done => setTimeout(done, 300));
              } catch (error) { all.push(String(error)); }
              const [shown, note] = [at('class').textContent, at('note').textContent];
              await fetch('answer', { method: 'POST', body: JSON.stringify({ all, names: model.classes, shown, note }) });
            })();</script></body>
            """;
        var page = File.ReadAllText(scratch.Path("index.html"));
        File.WriteAllText(scratch.Path("asked.html"), page.Replace("</body>", ask, StringComparison.Ordinal));
        using var answer = JsonDocument.Parse(Ask(scratch.Folder, "asked.html"));
        using var model = new IntegerModel(file.Plan, backend);
        Assert.That(answer.RootElement.GetProperty("all").EnumerateArray().Select(score => score.ToString()),
            Is.EqualTo(model.Scores(pixels, Images).Select(score => score.ToString(CultureInfo.InvariantCulture))));
        Assert.That(answer.RootElement.GetProperty("note").GetString(), Is.Empty);
        Assert.That(answer.RootElement.GetProperty("names")[0].GetString(), Is.EqualTo("</script><b>0</b>"));
        Assert.That(answer.RootElement.GetProperty("shown").GetString(), Is.Not.Empty);
    }

    /// <summary>Opens a page of this folder and gives what it posts.</summary>
    private static string Ask(string folder, string page)
    {
        using var server = new HttpListener();
        var port = 20_000 + (Environment.ProcessId % 20_000);
        server.Prefixes.Add($"http://localhost:{port}/");
        server.Start();
        using var browser = Start($"http://localhost:{port}/{page}", folder);
        try
        {
            var deadline = Stopwatch.StartNew();
            while (deadline.ElapsedMilliseconds < PatienceMilliseconds)
            {
                var next = server.GetContextAsync();
                if (!next.Wait(PatienceMilliseconds)) break;
                var (request, response) = (next.Result.Request, next.Result.Response);
                var file = Path.Combine(folder, Path.GetFileName(request.Url!.LocalPath));
                if (request.HttpMethod == "POST")
                {
                    using var reader = new StreamReader(request.InputStream, Encoding.UTF8);
                    var text = reader.ReadToEnd();
                    response.Close();
                    return text;
                }

                response.StatusCode = File.Exists(file) ? 200 : 404;
                response.ContentType = Path.GetExtension(file) switch
                {
                    ".html" => "text/html; charset=utf-8",
                    ".js" or ".mjs" => "text/javascript",
                    ".wasm" => "application/wasm",
                    _ => "application/octet-stream",
                };
                response.Close(File.Exists(file) ? File.ReadAllBytes(file) : [], willBlock: true);
            }

            throw new AssertionException("the page gave no answer");
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            browser.WaitForExit();
        }
    }

    private static Process Start(string url, string folder)
    {
        foreach (var name in new[] { "chromium", "chromium-browser", "google-chrome" })
        {
            try
            {
                string[] arguments =
                [
                    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0",
                    $"--user-data-dir={Path.Combine(folder, "profile")}", url,
                ];
                var start = new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
                var process = Process.Start(start)!;
                process.BeginOutputReadLine();
                process.BeginErrorReadLine();
                return process;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Not under this name.
            }
        }

        Assert.Ignore("there is no Chromium on the PATH");
        throw new InvalidOperationException();
    }
}
