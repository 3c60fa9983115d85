namespace Wage.Downloads;

/// <summary>How far a download is.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Received">Bytes on disk, those of an earlier attempt included.</param>
/// <param name="Size">Bytes of the whole file.</param>
public readonly record struct DownloadProgress(string File, long Received, long Size);

/// <summary>A file to download and what it must be.</summary>
/// <param name="Name">Its name in the folder and below the address.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Md5">Its MD5 in lower-case hexadecimal digits; it guards against accidents, as its publishers give no stronger one.</param>
internal sealed record DownloadFile(string Name, long Size, string Md5);
