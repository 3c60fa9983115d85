using System.Globalization;

namespace Wage.Mpi;

/// <summary>What a launcher says in the environment of the processes that it starts, before any of them speaks MPI.</summary>
/// <param name="By">The launcher's variable that said it.</param>
/// <param name="Rank">This process's number, from 0; null where it is not said.</param>
/// <param name="Size">The number of processes; null where it is not said.</param>
public sealed record MpiLaunch(string By, int? Rank, int? Size)
{
    /// <summary>The environment variable that names a library in place of those that are looked for.</summary>
    public const string LibraryVariable = "WAGE_MPI";

    /// <summary>Open MPI's mpirun; MPICH's and Intel's mpiexec; what speaks PMIx, such as `srun --mpi=pmix`.</summary>
    private static readonly (string Rank, string Size)[] Variables =
        [("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE"), ("PMIX_RANK", "SLURM_STEP_NUM_TASKS")];

    /// <summary>True where Open MPI's own mpirun started this process.</summary>
    public bool IsOpenMpi => By.StartsWith("OMPI_", StringComparison.Ordinal);

    /// <summary>True where nobody else is known to have been started.</summary>
    public bool IsAlone => Size == 1;

    /// <summary>The launch that this process belongs to; null: none, it was started by itself.</summary>
    public static MpiLaunch? Current => Of(Environment.GetEnvironmentVariable);

    /// <summary>The launch that an environment tells of, or null.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    public static MpiLaunch? Of(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        foreach (var (rank, size) in Variables)
        {
            if (Number(variable(rank)) is { } number) return new MpiLaunch(rank, number, Number(variable(size)));
        }

        return null;
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
