using System.Text;

namespace Wage.Mpi;

/// <summary>The functions in use. Each returns 0, or an error that <see cref="Check"/> words.</summary>
internal sealed unsafe class MpiFunctions(MpiLibrary library)
{
    private readonly delegate* unmanaged<nint, int, int> abort = (delegate* unmanaged<nint, int, int>)library.Symbol("MPI_Abort");
    private readonly delegate* unmanaged<int, byte*, int*, int> errorText =
        (delegate* unmanaged<int, byte*, int*, int>)library.Symbol("MPI_Error_string");
    private readonly delegate* unmanaged<byte*, int*, int> version =
        (delegate* unmanaged<byte*, int*, int>)library.Symbol("MPI_Get_library_version");

    public readonly delegate* unmanaged<int*, byte***, int, int*, int> InitThread =
        (delegate* unmanaged<int*, byte***, int, int*, int>)library.Symbol("MPI_Init_thread");

    public readonly delegate* unmanaged<int> Finalize = (delegate* unmanaged<int>)library.Symbol("MPI_Finalize");

    public readonly delegate* unmanaged<nint, nint, int> SetErrorHandler =
        (delegate* unmanaged<nint, nint, int>)library.Symbol("MPI_Comm_set_errhandler");

    public readonly delegate* unmanaged<nint, int*, int> Rank = (delegate* unmanaged<nint, int*, int>)library.Symbol("MPI_Comm_rank");

    public readonly delegate* unmanaged<nint, int*, int> Size = (delegate* unmanaged<nint, int*, int>)library.Symbol("MPI_Comm_size");

    public readonly delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int> AllToAll =
        (delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int>)library.Symbol("MPI_Ialltoallv");

    public readonly delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int> AllGather =
        (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int>)library.Symbol("MPI_Iallgatherv");

    /// <summary>Request, flag, status; a status of address 0 is ignored in both interfaces.</summary>
    public readonly delegate* unmanaged<nint*, int*, void*, int> Test =
        (delegate* unmanaged<nint*, int*, void*, int>)library.Symbol("MPI_Test");

    public nint World { get; } = library.World;

    public nint Byte { get; } = library.Byte;

    /// <summary>Ends every process of the launch with this exit code.</summary>
    public void Abort(int code) => abort(World, code);

    /// <summary>The library's own words for what it is, up to their first comma or line. It may be asked before all others.</summary>
    public string Version
    {
        get
        {
            Span<byte> bytes = stackalloc byte[MpiLibrary.LongestText];
            var length = 0;
            fixed (byte* text = bytes) _ = version(text, &length);
            return OneLine.Quote(Text(bytes, length).Split('\n', ',')[0].Trim());
        }
    }

    /// <exception cref="WageException">The code is an error.</exception>
    public void Check(int code, string function)
    {
        if (code == 0) return;
        Span<byte> bytes = stackalloc byte[MpiLibrary.LongestText];
        var length = 0;
        fixed (byte* text = bytes) _ = errorText(code, text, &length);
        throw new WageException($"MPI: {function} failed: {OneLine.Quote(Text(bytes, length))}.");
    }

    private static string Text(Span<byte> bytes, int length) => Encoding.UTF8.GetString(bytes[..Math.Clamp(length, 0, bytes.Length)]).TrimEnd('\0');
}
