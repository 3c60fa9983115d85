using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// The instructions of PTX that a product on tensor cores is made of. On a CUDA device each call becomes
/// that instruction (Cuda/TensorCoreInstructions.cs); the bodies here ask the lane that a test put in the thread's place, which computes the same
/// with the fragment layouts of the PTX ISA ("Warp-level matrix instructions"), so that the kernels can be tested anywhere.
/// Addresses are numbers: PTX has an int for shared memory, and a lane on the host a number of its own.
/// </summary>
internal static class TensorCore
{
    /// <summary>Bytes that one asynchronous copy moves.</summary>
    public const int Segment = 16;

    [ThreadStatic]
    private static IWarpLane? lane;

    /// <summary>Makes the lane of a host thread from its group's shared memory; null where nothing emulates these instructions.</summary>
    internal static Func<ArrayView<Quad>, IWarpLane>? Emulation { get; set; }

    private static IWarpLane Lane => lane ?? throw new InvalidOperationException("the kernel has not asked for its shared memory's address");

    /// <summary>The address of the group's shared memory. A kernel's first call.</summary>
    [IntrinsicImplementation]
    public static int SharedAddress(ArrayView<Quad> shared) => Begin(shared);

    /// <summary>The address of device memory.</summary>
    [IntrinsicImplementation]
    public static long GlobalAddress(ArrayView<byte> memory) => Lane.Address(memory);

    /// <summary>
    /// cp.async: 16 bytes to shared memory, of which the first <paramref name="bytes"/> are read and the others 0.
    /// Not there before a wait and a barrier.
    /// </summary>
    [IntrinsicImplementation]
    public static void CopyAsync(int shared, long global, int bytes) => Lane.CopyAsync(shared, global, bytes);

    /// <summary>cp.async.commit_group: closes a group of copies.</summary>
    [IntrinsicImplementation]
    public static void CommitCopies() => Lane.CommitCopies();

    /// <summary>cp.async.wait_group 1: this lane's copies are there, but for the newest group.</summary>
    [IntrinsicImplementation]
    public static void WaitForAllButOneGroup() => Lane.WaitForCopies(1);

    /// <summary>cp.async.wait_group 0: this lane's copies are there.</summary>
    [IntrinsicImplementation]
    public static void WaitForAllGroups() => Lane.WaitForCopies(0);

    /// <summary>
    /// ldmatrix.x4: four matrices of 8 rows of 16 bytes; lane 8 j + i gives the address of row i of matrix j.
    /// Lane 4 g + t gets bytes 4 t to 4 t + 3 of each row g.
    /// </summary>
    [IntrinsicImplementation]
    public static Quad LoadMatrices(int shared) => Lane.LoadMatrices(shared);

    /// <summary>
    /// ldmatrix.x4.trans: as above, transposed in units of two bytes:
    /// lane 4 g + t gets units g of the rows 2 t (low half) and 2 t + 1 (high half) of each matrix.
    /// </summary>
    [IntrinsicImplementation]
    public static Quad LoadMatricesTransposed(int shared) => Lane.LoadMatricesTransposed(shared);

    /// <summary>mma.m16n8k32: c + A B over signed bytes; A [16,32] row by row, B [32,8] column by column, C [16,8].</summary>
    [IntrinsicImplementation]
    public static Quad MultiplyAccumulate(Quad c, Quad a, int b0, int b1) => Lane.MultiplyAccumulate(c, a, b0, b1);

    /// <summary>prmt: byte i of the result is byte (selector >> 4 i) &amp; 7 of the eight bytes y:x.</summary>
    [IntrinsicImplementation]
    public static int Permute(int x, int y, int selector)
    {
        var bytes = unchecked(((ulong)(uint)y << 32) | (uint)x);
        var result = 0u;
        for (var i = 0; i < 4; i++) result |= (uint)((bytes >> (8 * ((selector >> (4 * i)) & 7))) & 0xFF) << (8 * i);
        return unchecked((int)result);
    }

    /// <summary>st.shared.b16: the low two bytes.</summary>
    [IntrinsicImplementation]
    public static void StoreSharedPair(int shared, int value) => Lane.StoreSharedPair(shared, value);

    /// <summary>ld.shared.v4.b32: 16 bytes.</summary>
    [IntrinsicImplementation]
    public static Quad LoadShared(int shared) => Lane.LoadShared(shared);

    /// <summary>st.global.v4.b32: 16 bytes.</summary>
    [IntrinsicImplementation]
    public static void StoreGlobal(long global, Quad value) => Lane.StoreGlobal(global, value);

    /// <summary>st.global.v2.b32: 8 bytes.</summary>
    [IntrinsicImplementation]
    public static void StoreGlobalPair(long global, int low, int high) => Lane.StoreGlobalPair(global, low, high);

    /// <summary>red.global.add.s32. Integer sums do not depend on their order.</summary>
    [IntrinsicImplementation]
    public static void AddGlobal(long global, int value) => Lane.AddGlobal(global, value);

    private static int Begin(ArrayView<Quad> shared)
    {
        lane = (Emulation ?? throw new NotSupportedException("tensor cores are a CUDA device's; the host has none"))(shared);
        return 0;
    }
}
