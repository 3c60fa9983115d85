using System.Numerics;
using System.Runtime.CompilerServices;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary>Statistics and functions whose constants differ by column: in lanes where 32 bits hold them, else one after the other.</summary>
internal sealed unsafe class HostColumns(HostEngine engine)
{
    /// <summary>The fewest elements of a part.</summary>
    private const int LeastPart = 1 << 12;

    private readonly Dictionary<Type, ImageStage> imageStages = [];
    private readonly JoinedMeasure whole = new();

    /// <inheritdoc cref="IBackend.ReduceColumns{R}"/>
    public void Reduce<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic
    {
        var layout = ColumnLayout.Of(x, y, columns, R.Constants, to.Length / R.Results, run);
        var width = statistic.FitsInt32 && IsNarrow(x, y, run) ? Whole(layout.Count) : 0;
        var work = new ColumnReduction<R>(x, y, layout, statistic, width, Math.Clamp(x.Length / LeastPart, 1, engine.Pool.Workers * 4));
        work = work with
        {
            Constants = RepeatedColumns.Of(columns, R.Constants, layout.Count, work.Columns, engine.Scratch.Columns),
            Sums = (nint)engine.Scratch.Partials.Ensure<long>((long)work.Parts * work.Length),
        };
        engine.Pool.Run(work.Parts, work, static (in s, part, _) => s.Run(part));
        work.Join(((HostTensor<long>)to).Span);
    }

    /// <inheritdoc cref="IBackend.MapColumns{F, S}"/>
    public void Map<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, long range, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var work = Mapping(x, y, columns, run, function, stage, range, t);
        engine.Ranges(x.Length, (work, whole), static (in s, start, n) =>
        {
            var part = default(StageMeasure);
            s.work.Run(start, n, ref part);
            s.whole.Add(part);
        });
        whole.Write(t.Statistic);
    }

    /// <summary>
    /// The end of an error product in a function of its sums and others, or null where lanes of 32 bits do not hold it; then <see cref="Measured"/>.
    /// </summary>
    public ImageStage? Of<F, S>(Tensor sums, Tensor y, Tensor columns, in F function, in S stage, long range, int length, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var work = Mapping(sums, y, columns, 1, function, stage, range, t);
        if (work.Width != ColumnWidth.Narrow) return null;
        if (!imageStages.TryGetValue(typeof((F, S)), out var known)) imageStages.Add(typeof((F, S)), known = new ColumnImageStage<F, S>());
        return ((ColumnImageStage<F, S>)known).Of(work, length, whole);
    }

    /// <summary>Writes what the last of them measured.</summary>
    public void Measured(in StageTensors t) => whole.Write(t.Statistic);

    private ColumnMapping<F, S> Mapping<F, S>(
        Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, long range, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        var layout = ColumnLayout.Of<F>(x, y, columns, run, t);
        HostEngine.Require(t.Output, x.Length);
        if (t.Mask is not null) HostEngine.Require(t.Mask, x.Length);
        if (t.Gate is not null) HostEngine.Require(t.Gate, x.Length);
        var constants = RepeatedColumns.Of(columns, F.Constants, layout.Count, layout.Count + Lanes.Count - 1, engine.Scratch.Columns);
        var loop = new StageLoop<S>(stage, range, t, default);
        whole.Begin();
        return new ColumnMapping<F, S>(x, y, layout, function, constants, loop, t, WidthOf(x, y, columns, run, function));
    }

    /// <summary>The least multiple of so many columns that is whole vectors.</summary>
    internal static int Whole(int columns) => columns * (Lanes.Count / (int)BigInteger.GreatestCommonDivisor(columns, Lanes.Count));

    private static ColumnWidth WidthOf<F>(Tensor x, Tensor? y, Tensor columns, int run, in F function)
        where F : unmanaged, IColumnFunction
    {
        if (function.FitsInt32 && IsNarrow(x, y, run)) return ColumnWidth.Narrow;
        if (run > 1 || !HasLanes(x) || (y is not null && !HasLanes(y))) return ColumnWidth.None;
        if (typeof(F) == typeof(ErrorSum) && columns.Length == ErrorSum.Constants
            && Unsafe.As<F, ErrorSum>(ref Unsafe.AsRef(in function)).FitsInt32By(((HostTensor<int>)columns).Span)) return ColumnWidth.Narrow;
        return Int64x8.IsSupported || Int64x4.IsSupported ? ColumnWidth.Wide : ColumnWidth.None;
    }

    private static bool HasLanes(Tensor tensor) => IsNarrow(tensor) || tensor is HostTensor<int>;

    private static bool IsNarrow(Tensor x, Tensor? y, int run) => run == 1 && IsNarrow(x) && (y is null || IsNarrow(y));

    private static bool IsNarrow(Tensor tensor) => tensor is HostTensor<sbyte> or HostTensor<short>;
}
