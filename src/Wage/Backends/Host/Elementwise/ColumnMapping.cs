using System.Runtime.CompilerServices;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>The lanes that hold a function of columns.</summary>
internal enum ColumnWidth
{
    /// <summary>None: elements are taken one by one.</summary>
    None,

    /// <summary>32 bits.</summary>
    Narrow,

    /// <summary>64 bits, of elements of up to 32.</summary>
    Wide,
}

/// <summary>
/// A function of elements and their columns' constants and the stage of its values, over ranges: blocks of values lie in a first-level cache between
/// the two.
/// </summary>
internal readonly unsafe record struct ColumnMapping<F, S>(
    Tensor X, Tensor? Y, ColumnLayout Layout, F Function, RepeatedColumns Constants, StageLoop<S> Loop, StageTensors T, ColumnWidth Width)
    where F : unmanaged, IColumnFunction
    where S : unmanaged, IOutputStage
{
    /// <summary>Values that are made before they are stored.</summary>
    private const int Block = 2048;

    /// <summary>n elements, the first of which is element <paramref name="start"/>.</summary>
    [SkipLocalsInit]
    public void Run(int start, int n, ref StageMeasure part)
    {
        var values = stackalloc long[Block / 2];
        for (int i = start, done; i < start + n; i += done)
        {
            var left = start + n - i;
            if (Width == ColumnWidth.Narrow && (done = Lanes<int>(i, Math.Min(Block, left), (int*)values)) > 0)
            {
                Store((int*)values, i, done, ref part);
                continue;
            }

            if (Width == ColumnWidth.Wide && (done = Lanes<long>(i, Math.Min(Block / 2, left), values)) > 0)
            {
                Store(values, i, done, ref part);
                continue;
            }

            done = Math.Min(Elements.Block, left);
            OneByOne(i, done, ref part);
        }
    }

    /// <summary>The same of sums that lie elsewhere, narrow ones.</summary>
    [SkipLocalsInit]
    public void Run(int* sums, int start, int n, ref StageMeasure part)
    {
        var values = stackalloc int[Block];
        var right = stackalloc long[Elements.Block];
        for (int i = 0, done; i < n; i += done)
        {
            done = Lanes(sums + i, start + i, Math.Min(Block, n - i), values);
            if (done == 0)
            {
                done = Math.Min(Elements.Block, n - i);
                Elements.Read(Y!, start + i, done, right);
                for (var j = 0; j < done; j++)
                {
                    var c = Constants.At(Layout.Of(start + i + j));
                    values[j] = (int)Function.Of(new Lane64(sums[i + j]), new Lane64(right[j]), c).Value;
                }
            }

            Store(values, start + i, done, ref part);
        }
    }

    private int Lanes<TV>(int first, int n, TV* v)
        where TV : unmanaged => X switch
        {
            HostTensor<sbyte> x => Lanes(x.Pointer + first, first, n, v),
            HostTensor<short> x => Lanes(x.Pointer + first, first, n, v),
            _ => Lanes(((HostTensor<int>)X).Pointer + first, first, n, v),
        };

    private int Lanes<TX, TV>(TX* x, int first, int n, TV* v)
        where TX : unmanaged
        where TV : unmanaged => Y switch
        {
            null => Lanes(x, (NoOperand*)x, first, n, v),
            HostTensor<sbyte> y => Lanes(x, y.Pointer + first, first, n, v),
            HostTensor<short> y => Lanes(x, y.Pointer + first, first, n, v),
            _ => Lanes(x, ((HostTensor<int>)Y).Pointer + first, first, n, v),
        };

    private int Lanes<TX, TY, TV>(TX* x, TY* y, int first, int n, TV* v)
        where TX : unmanaged
        where TY : unmanaged
        where TV : unmanaged
    {
        var column = Layout.Of(first);
        if (typeof(TV) == typeof(long))
        {
            return Int64x8.IsSupported
                ? ColumnLoops.Map<Int64x8, TX, TY, F, TV>(x, y, Function, Constants, column, Layout.Count, n, v)
                : ColumnLoops.Map<Int64x4, TX, TY, F, TV>(x, y, Function, Constants, column, Layout.Count, n, v);
        }

        return Int32x16.IsSupported
            ? ColumnLoops.Map<Int32x16, TX, TY, F, TV>(x, y, Function, Constants, column, Layout.Count, n, v)
            : ColumnLoops.Map<Int32x8, TX, TY, F, TV>(x, y, Function, Constants, column, Layout.Count, n, v);
    }

    private void OneByOne(int first, int n, ref StageMeasure part)
    {
        long* v = stackalloc long[Elements.Block], right = stackalloc long[Elements.Block];
        new Span<long>(right, Elements.Block).Clear();
        Elements.Read(X, first, n, v);
        if (Y is not null) Elements.Read(Y, first, n, right);
        for (int j = 0, end; j < n; j = end)
        {
            var c = Constants.At(Layout.Of(first + j));
            end = Math.Min(n, j + Layout.Run - ((first + j) % Layout.Run));
            for (; j < end; j++) v[j] = Function.Of(new Lane64(v[j]), new Lane64(right[j]), c).Value;
        }

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
