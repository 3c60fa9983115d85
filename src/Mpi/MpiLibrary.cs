using System.Runtime.InteropServices;

namespace Wage.Mpi;

/// <summary>
/// An MPI library of this machine, found when it is asked for. Two binary interfaces are known: Open MPI's, whose handles are the addresses of
/// symbols that it exports, and the standard one of MPI 5, whose handles are numbers (MPI: A Message-Passing Interface Standard, version 5.0,
/// chapter 20; mpi.h of the MPI Forum's mpi-abi-stubs). Both take handles as pointers and counts as int.
/// </summary>
/// <param name="Handle">The loaded library.</param>
/// <param name="Path">The name by which it was found.</param>
/// <param name="IsStandard">True: the interface of MPI 5; false: Open MPI's.</param>
internal sealed record MpiLibrary(nint Handle, string Path, bool IsStandard)
{
    /// <summary>Names a library in place of those that are looked for.</summary>
    private const string Variable = MpiLaunch.LibraryVariable;

    private const string StandardName = "mpi_abi";
    private static readonly string[] OpenMpi = ["libmpi.so.40", "libmpi.40.dylib"];
    private static readonly string[] Standard = ["libmpi_abi.so.0", "libmpi_abi.so.1", "libmpi_abi.so", "libmpi_abi.dylib"];

    /// <summary>All processes of the communicator.</summary>
    public nint World => IsStandard ? 0x101 : Symbol("ompi_mpi_comm_world");

    /// <summary>The type of a byte.</summary>
    public nint Byte => IsStandard ? 0x247 : Symbol("ompi_mpi_byte");

    /// <summary>The handler that lets functions return their errors.</summary>
    public nint ErrorsReturn => IsStandard ? 0x142 : Symbol("ompi_mpi_errors_return");

    /// <summary>MPI_THREAD_SERIALIZED: any thread may call, one at a time.</summary>
    public int Serialized => IsStandard ? 2048 : 2;

    /// <summary>The bytes of the longest text of an error or a version.</summary>
    public static int LongestText => 8192;

    /// <summary>The library for processes of this launch.</summary>
    /// <param name="launch">Who started this process; Open MPI's mpirun needs Open MPI's library.</param>
    /// <exception cref="WageException">There is none, or the named one is none.</exception>
    public static MpiLibrary Find(MpiLaunch? launch)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return Load(named) ?? throw new WageException(
                $"{Variable}: is {OneLine.Quote(named)}, which cannot be loaded as an MPI library.", "name libmpi.so.40 or libmpi_abi.so.0.");
        }

        string[] names = launch is { IsOpenMpi: false } ? [.. Standard, .. OpenMpi] : [.. OpenMpi, .. Standard];
        return names.Select(Load).FirstOrDefault(found => found is not null) ?? throw new WageException(
            "MPI: no library of it is here (libmpi.so.40 of Open MPI 4 or 5, libmpi_abi.so.0 of MPI 5).",
            $"install Open MPI (Debian, Ubuntu: apt-get install openmpi-bin), or name the library's file in {Variable}.");
    }

    /// <summary>The library of this name or file, or null where there is none, or none of a known kind.</summary>
    public static MpiLibrary? Load(string name)
    {
        if (!NativeLibrary.TryLoad(name, out var handle)) return null;
        // A library of the standard's interface may be built on Open MPI's own, whose symbols are found through it: the name tells which it is.
        var isStandard = System.IO.Path.GetFileName(name).Contains(StandardName, StringComparison.Ordinal);
        var isKnown = NativeLibrary.TryGetExport(handle, isStandard ? "MPI_Ialltoallv" : "ompi_mpi_comm_world", out _);
        return isKnown ? new MpiLibrary(handle, name, isStandard) : null;
    }

    /// <summary>The address of an exported function.</summary>
    /// <exception cref="WageException">The library has none of this name.</exception>
    public nint Symbol(string name) => NativeLibrary.TryGetExport(Handle, name, out var address)
        ? address : throw new WageException($"{OneLine.Quote(Path)}: has no {name}, so it is no MPI library of a known kind.");
}
