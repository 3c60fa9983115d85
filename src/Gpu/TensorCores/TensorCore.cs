using ILGPU;
using ILGPU.IR.Intrinsics;
using Wage.Gpu.TensorCores.Simulation;

namespace Wage.Gpu.TensorCores;

/// <summary>
/// The instructions of PTX that a product on tensor cores is made of. On a CUDA device each call becomes
/// that instruction (Cuda/TensorCoreInstructions.cs); the bodies here compute the same on the host, lane by lane,
/// with the fragment layouts of the PTX ISA ("Warp-level matrix instructions"), so that the kernels can be tested anywhere.
/// Addresses are numbers: PTX has an int for shared memory, and the simulation a number of its own.
/// </summary>
internal static class TensorCore
{
    /// <summary>Bytes that one asynchronous copy moves.</summary>
    public const int Segment = 16;

    /// <summary>The address of the group's shared memory. A kernel's first call.</summary>
    [IntrinsicImplementation]
    public static int SharedAddress(ArrayView<Quad> shared) => SimulatedLane.Begin(shared);

    /// <summary>The address of device memory.</summary>
    [IntrinsicImplementation]
    public static long GlobalAddress(ArrayView<byte> memory) => SimulatedLane.Current.Address(memory);

    /// <summary>
    /// cp.async: 16 bytes to shared memory, of which the first <paramref name="bytes"/> are read and the others 0.
    /// Not there before a wait and a barrier.
    /// </summary>
    [IntrinsicImplementation]
    public static void CopyAsync(int shared, long global, int bytes) => SimulatedLane.Current.CopyAsync(shared, global, bytes);

    /// <summary>cp.async.commit_group: closes a group of copies.</summary>
    [IntrinsicImplementation]
    public static void CommitCopies() => SimulatedLane.Current.CommitCopies();

    /// <summary>cp.async.wait_group 1: this lane's copies are there, but for the newest group.</summary>
    [IntrinsicImplementation]
    public static void WaitForAllButOneGroup() => SimulatedLane.Current.WaitForCopies(1);

    /// <summary>cp.async.wait_group 0: this lane's copies are there.</summary>
    [IntrinsicImplementation]
    public static void WaitForAllGroups() => SimulatedLane.Current.WaitForCopies(0);

    /// <summary>
    /// ldmatrix.x4: four matrices of 8 rows of 16 bytes; lane 8 j + i gives the address of row i of matrix j.
    /// Lane 4 g + t gets bytes 4 t to 4 t + 3 of each row g.
    /// </summary>
    [IntrinsicImplementation]
    public static Quad LoadMatrices(int shared) => SimulatedLane.Current.LoadMatrices(shared);

    /// <summary>
    /// ldmatrix.x4.trans: as above, transposed in units of two bytes:
    /// lane 4 g + t gets units g of the rows 2 t (low half) and 2 t + 1 (high half) of each matrix.
    /// </summary>
    [IntrinsicImplementation]
    public static Quad LoadMatricesTransposed(int shared) => SimulatedLane.Current.LoadMatricesTransposed(shared);

    /// <summary>mma.m16n8k32: c + A B over signed bytes; A [16,32] row by row, B [32,8] column by column, C [16,8].</summary>
    [IntrinsicImplementation]
    public static Quad MultiplyAccumulate(Quad c, Quad a, int b0, int b1) => SimulatedLane.Current.MultiplyAccumulate(c, a, b0, b1);

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
    public static void StoreSharedPair(int shared, int value) => SimulatedLane.Current.StoreSharedPair(shared, value);

    /// <summary>ld.shared.v4.b32: 16 bytes.</summary>
    [IntrinsicImplementation]
    public static Quad LoadShared(int shared) => SimulatedLane.Current.LoadShared(shared);

    /// <summary>st.global.v4.b32: 16 bytes.</summary>
    [IntrinsicImplementation]
    public static void StoreGlobal(long global, Quad value) => SimulatedLane.Current.StoreGlobal(global, value);

    /// <summary>st.global.v2.b32: 8 bytes.</summary>
    [IntrinsicImplementation]
    public static void StoreGlobalPair(long global, int low, int high) => SimulatedLane.Current.StoreGlobalPair(global, low, high);

    /// <summary>red.global.add.s32. Integer sums do not depend on their order.</summary>
    [IntrinsicImplementation]
    public static void AddGlobal(long global, int value) => SimulatedLane.Current.AddGlobal(global, value);
}
