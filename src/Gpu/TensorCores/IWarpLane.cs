namespace Wage.Gpu.TensorCores;

/// <summary>
/// What one lane of a warp does for the instructions of <see cref="TensorCore"/> on the host, where a device would execute them.
/// The tests have one that exchanges registers between host threads.
/// </summary>
internal interface IWarpLane
{
    long Address(ILGPU.ArrayView<byte> memory);

    void CopyAsync(int shared, long global, int bytes);

    void CommitCopies();

    void WaitForCopies(int newest);

    Quad LoadMatrices(int shared);

    Quad LoadMatricesTransposed(int shared);

    Quad MultiplyAccumulate(Quad c, Quad a, int b0, int b1);

    void StoreSharedPair(int shared, int value);

    Quad LoadShared(int shared);

    void StoreGlobal(long global, Quad value);

    void StoreGlobalPair(long global, int low, int high);

    void AddGlobal(long global, int value);
}
