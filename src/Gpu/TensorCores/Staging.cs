namespace Wage.Gpu.TensorCores;

/// <summary>
/// A group: 128 threads, four warps as 2 x 2, each with 64 x 64 of the group's tile of 128 x 128. Shared memory holds three stages
/// of 64 terms of A and of B, 48 KiB, the most that a kernel may declare: one stage is multiplied while the next two arrive.
/// </summary>
internal static class Staging
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 128;

    /// <summary>Rows, and columns, of a group's tile.</summary>
    public const int Extent = 1 << ExtentBits;

    /// <summary>log2 of it: kernels shift, since a division by a constant power of two is compiled to a shift without regard to the sign.</summary>
    public const int ExtentBits = 7;

    /// <summary>Rows, and columns, of a warp's tile.</summary>
    public const int WarpExtent = 64;

    /// <summary>Terms of a stage.</summary>
    public const int Depth = 1 << DepthBits;

    /// <summary>log2 of it.</summary>
    public const int DepthBits = 6;

    /// <summary>Bytes of a stage's A, and of its B.</summary>
    public const int Operand = Extent * Depth;

    /// <summary>Bytes of a stage.</summary>
    public const int Stage = 2 * Operand;

    /// <summary>Stages.</summary>
    public const int Stages = 3;

    /// <summary>Bytes of shared memory.</summary>
    public const int Bytes = Stages * Stage;
}
