using Wage.Data;

namespace Wage.Downloads;

/// <summary>Fetches the public data sets into the layout that <see cref="DatasetCatalog"/> reads.</summary>
public static class DatasetDownload
{
    private static readonly DownloadFile CifarArchive =
        new("cifar-10-binary.tar.gz", 170_052_171, "c32a1d4ab5d03f1284b67883e8d87530");

    private static readonly Dictionary<string, (Uri Address, DownloadFile[] Files)> Sources = new()
    {
        ["mnist"] = (new Uri("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        [
            new("train-images-idx3-ubyte.gz", 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            new("train-labels-idx1-ubyte.gz", 28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
            new("t10k-images-idx3-ubyte.gz", 1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
            new("t10k-labels-idx1-ubyte.gz", 4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
        ]),
        ["fashion-mnist"] = (new Uri("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        [
            new("train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            new("train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
            new("t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
            new("t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
        ]),
        ["cifar10"] = (new Uri("https://www.cs.toronto.edu/~kriz/"), [CifarArchive]),
    };

    /// <summary>The data sets that can be fetched.</summary>
    public static IReadOnlyList<string> Names { get; } = ["mnist", "fashion-mnist", "cifar10"];

    /// <summary>
    /// Downloads a data set's files into <paramref name="folder"/>/<paramref name="name"/>. A file that is there with the right MD5 is left
    /// as it is; one that was cut off goes on where it ended; none has its final name before its MD5 is right. CIFAR-10's archive is kept,
    /// so that it need not be fetched again, and unpacked beside it.
    /// </summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="folder">The data folder; created when missing.</param>
    /// <param name="progress">Told of the bytes received, or null.</param>
    /// <param name="token">Stops the download; what has arrived is kept for the next attempt.</param>
    /// <param name="mirror">Another address to fetch the same files from, or null for the publishers'.</param>
    /// <exception cref="WageException">
    /// The name is unknown, nothing answers, the server sends something else than the original, or the disk refuses.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task GetAsync(
        string name, string folder, IProgress<DownloadProgress>? progress, CancellationToken token, Uri? mirror = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(folder);
        if (!Sources.TryGetValue(name, out var source))
        {
            var nearest = NearestName.Of(name, Names);
            throw new WageException(
                $"data set '{OneLine.Quote(name)}': is not among those that can be fetched: {string.Join(", ", Names)}.",
                nearest is null ? null : $"did you mean {nearest}?");
        }

        var own = Path.Combine(folder, name);
        await GetAsync(source.Files, mirror ?? source.Address, own, progress, token, FileDownload.DefaultPatience);
        if (name == "cifar10") CifarArchiveFile.Unpack(Path.Combine(own, CifarArchive.Name), own, CifarArchiveFile.BatchSize, token);
    }

    /// <summary>Fetches these files from below <paramref name="address"/> into <paramref name="folder"/>.</summary>
    /// <param name="files">What to fetch.</param>
    /// <param name="address">The folder on the server.</param>
    /// <param name="folder">The folder here; created when missing.</param>
    /// <param name="progress">Told of the bytes received, or null.</param>
    /// <param name="token">Stops the download.</param>
    /// <param name="patience">How long a server may stay silent.</param>
    internal static async Task GetAsync(
        IReadOnlyList<DownloadFile> files,
        Uri address,
        string folder,
        IProgress<DownloadProgress>? progress,
        CancellationToken token,
        TimeSpan patience)
    {
        var below = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
        if (below.Scheme is not ("http" or "https"))
            throw new WageException($"{address}: is not an address to download from; it must begin with http:// or https://.");
        using var client = FileDownload.CreateClient(patience);
        foreach (var file in files)
            await new FileDownload(client, file, new Uri(below, file.Name), folder, patience).RunAsync(progress, token);
    }
}
