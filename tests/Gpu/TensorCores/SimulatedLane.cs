using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ILGPU;
using Wage.Gpu.TensorCores;

namespace Wage.Tests.Gpu.TensorCores;

/// <summary>
/// One lane of a warp on a host thread. Asynchronous copies are made as late as the waits allow,
/// so that a kernel which reads too early reads what was there before.
/// </summary>
internal sealed class SimulatedLane : IWarpLane
{
    private const int SlotShift = 40;

    private readonly ArrayView<Quad> shared;
    private readonly SimulatedWarp warp;
    private readonly int lane;
    private readonly List<ArrayView<byte>> memories = [];
    private readonly Queue<List<(int Shared, long Global, int Bytes)>> groups = [];
    private List<(int Shared, long Global, int Bytes)> copies = [];

    public SimulatedLane(ArrayView<Quad> shared)
    {
        this.shared = shared;
        (warp, lane) = (SimulatedWarp.Of(shared, Group.IdxX / SimulatedWarp.Lanes), Group.IdxX % SimulatedWarp.Lanes);
    }

    public long Address(ArrayView<byte> memory)
    {
        memories.Add(memory);
        return (long)memories.Count << SlotShift;
    }

    public void CopyAsync(int shared, long global, int bytes) => copies.Add((shared, global, bytes));

    public void CommitCopies()
    {
        groups.Enqueue(copies);
        copies = [];
    }

    public void WaitForCopies(int newest)
    {
        while (groups.Count > newest)
            foreach (var copy in groups.Dequeue()) Copy(copy.Shared, copy.Global, copy.Bytes);
    }

    public Quad LoadMatrices(int shared)
    {
        var rows = warp.Exchange(lane, new Quad { X = shared });
        return Each(matrix => Word(rows[(8 * matrix) + (lane / 4)].X + (4 * (lane % 4))));
    }

    public Quad LoadMatricesTransposed(int shared)
    {
        var rows = warp.Exchange(lane, new Quad { X = shared });
        return Each(matrix => Unit(rows, (8 * matrix) + (2 * (lane % 4))) | (Unit(rows, (8 * matrix) + (2 * (lane % 4)) + 1) << 16));
    }

    public Quad MultiplyAccumulate(Quad c, Quad a, int b0, int b1)
    {
        var (rows, columns) = warp.Exchange(lane, a, new Quad { X = b0, Y = b1 });
        var (row, column) = (lane / 4, 2 * (lane % 4));
        return new Quad
        {
            X = c.X + Dot(rows, columns, row, column),
            Y = c.Y + Dot(rows, columns, row, column + 1),
            Z = c.Z + Dot(rows, columns, row + 8, column),
            W = c.W + Dot(rows, columns, row + 8, column + 1),
        };
    }

    public void StoreSharedPair(int shared, int value) => BinaryPrimitives.WriteInt16LittleEndian(Bytes(shared, 2), unchecked((short)value));

    public Quad LoadShared(int shared) => this.shared[Aligned(shared, 16) / 16];

    public void StoreGlobal(long global, Quad value)
    {
        StoreGlobalPair(global, value.X, value.Y);
        StoreGlobalPair(global + 8, value.Z, value.W);
        Aligned(unchecked((int)global), 16);
    }

    public void StoreGlobalPair(long global, int low, int high)
    {
        var (memory, offset) = Memory(global);
        memory.Cast<long>()[Aligned(offset, 8) / 8] = ((long)high << 32) | unchecked((uint)low);
    }

    public void AddGlobal(long global, int value)
    {
        var (memory, offset) = Memory(global);
        Atomic.Add(ref memory.Cast<int>()[Aligned(offset, 4) / 4], value);
    }

    private static int Aligned(int address, int unit) =>
        address % unit == 0 ? address : throw new InvalidOperationException($"address {address} is no multiple of {unit}");

    private static Quad Each(Func<int, int> register) => new() { X = register(0), Y = register(1), Z = register(2), W = register(3) };

    /// <summary>
    /// Row times column: register h + 2 k/16 of lane 4 g + t holds row g + 8 h, depths 16 (k/16) + 4 t to + 3;
    /// register k/16 of lane 4 g + t, column g.
    /// </summary>
    private static int Dot(ReadOnlySpan<Quad> a, ReadOnlySpan<Quad> b, int row, int column)
    {
        var sum = 0;
        for (var t = 0; t < 4; t++)
        {
            var (left, right) = (a[(4 * (row % 8)) + t], b[(4 * column) + t]);
            sum += Dot(row < 8 ? left.X : left.Y, right.X) + Dot(row < 8 ? left.Z : left.W, right.Y);
        }

        return sum;
    }

    private static int Dot(int x, int y)
    {
        var sum = 0;
        for (var i = 0; i < 32; i += 8) sum += unchecked((sbyte)(x >> i) * (sbyte)(y >> i));
        return sum;
    }

    private void Copy(int shared, long global, int bytes)
    {
        var target = Bytes(Aligned(shared, TensorCore.Segment), TensorCore.Segment);
        target.Clear();
        if (bytes == 0) return;
        var (memory, offset) = Memory(global);
        Aligned(offset, TensorCore.Segment);
        for (var i = 0; i < bytes; i++) target[i] = memory[offset + i];
    }

    private int Unit(ReadOnlySpan<Quad> rows, int row) =>
        BinaryPrimitives.ReadUInt16LittleEndian(Bytes(Aligned(rows[row].X, 16) + (2 * (lane / 4)), 2));

    private int Word(int address) => BinaryPrimitives.ReadInt32LittleEndian(Bytes(address, 4));

    private Span<byte> Bytes(int address, int length) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref shared[address / 16], 1)).Slice(address % 16, length);

    private (ArrayView<byte> Memory, int Offset) Memory(long global) =>
        (memories[(int)(global >> SlotShift) - 1], (int)(global & ((1L << SlotShift) - 1)));
}
