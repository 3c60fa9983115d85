using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>
/// A function of elements and their columns' constants and the stage of its values, over ranges: blocks of values lie in a first-level cache between
/// the two.
/// </summary>
internal readonly unsafe record struct ColumnMapping<F, S>(
    Tensor X, Tensor? Y, ColumnLayout Layout, F Function, RepeatedColumns Constants, StageLoop<S> Loop, StageTensors T, bool IsNarrow)
    where F : unmanaged, IColumnFunction
    where S : unmanaged, IOutputStage
{
    /// <summary>Values that are made before they are stored.</summary>
    private const int Block = 2048;

    /// <summary>n elements, the first of which is element <paramref name="start"/>.</summary>
    public void Run(int start, int n, ref StageMeasure part)
    {
        var narrow = stackalloc int[Block];
        for (int i = start, done; i < start + n; i += done)
        {
            done = IsNarrow ? Lanes(i, Math.Min(Block, start + n - i), narrow) : 0;
            if (done > 0)
            {
                Store(narrow, i, done, ref part);
                continue;
            }

            done = Math.Min(Elements.Block, start + n - i);
            OneByOne(i, done, ref part);
        }
    }

    private int Lanes(int first, int n, int* v) => X is HostTensor<sbyte> bytes
        ? Lanes(bytes.Pointer + first, first, n, v) : Lanes(((HostTensor<short>)X).Pointer + first, first, n, v);

    private int Lanes<TX>(TX* x, int first, int n, int* v)
        where TX : unmanaged =>
        Y is null ? Lanes(x, (NoOperand*)x, first, n, v)
        : Y is HostTensor<sbyte> bytes ? Lanes(x, bytes.Pointer + first, first, n, v)
        : Lanes(x, ((HostTensor<short>)Y).Pointer + first, first, n, v);

    private int Lanes<TX, TY>(TX* x, TY* y, int first, int n, int* v)
        where TX : unmanaged
        where TY : unmanaged => Int32x16.IsSupported
        ? ColumnLoops.Map<Int32x16, TX, TY, F>(x, y, Function, Constants, Layout.Of(first), Layout.Count, n, v)
        : ColumnLoops.Map<Int32x8, TX, TY, F>(x, y, Function, Constants, Layout.Of(first), Layout.Count, n, v);

    private void OneByOne(int first, int n, ref StageMeasure part)
    {
        long* v = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
        new Span<long>(right, Elements.Block).Clear();
        Elements.Read(X, first, n, v);
        if (Y is not null) Elements.Read(Y, first, n, right);
        for (var j = 0; j < n; j++) v[j] = Function.Of(new Lane64(v[j]), new Lane64(right[j]), Constants.At(Layout.Of(first + j))).Value;
        Store(v, first, n, ref part);
    }

    private void Store<TV>(TV* v, int first, int n, ref StageMeasure part)
        where TV : unmanaged, System.Numerics.IBinaryInteger<TV>
    {
        var mask = T.Mask is HostTensor<byte> masks ? masks.Pointer + first : null;
        var gate = T.Gate is HostTensor<byte> gates ? gates.Pointer + first : null;
        switch (T.Output)
        {
            case HostTensor<sbyte> to: Loop.Run(v, first, n, to.Pointer + first, mask, gate, ref part); break;
            case HostTensor<short> to: Loop.Run(v, first, n, to.Pointer + first, mask, gate, ref part); break;
            case HostTensor<int> to: Loop.Run(v, first, n, to.Pointer + first, mask, gate, ref part); break;
            case HostTensor<long> to: Loop.Run(v, first, n, to.Pointer + first, mask, gate, ref part); break;
            default: throw new ArgumentException($"stages write signed elements, not {T.Output.Type}");
        }
    }
}
