using System.Numerics;
using Wage.Backends.Host;
using Wage.Data;
using Wage.Losses;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends;

/// <summary>
/// The operations of integer training. <see cref="ReferenceBackend"/> is their definition; every other backend returns the same integers
/// for every input. Parameter order: source, arguments, destination. Shapes, element types and accumulator bounds were checked when the model was
/// built; a backend may rely on them, and where it narrows a value that was not proved to fit it saturates by the stated rule or throws.
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>"reference", "cpu", ...: the name in logs and summaries.</summary>
    string Name { get; }

    /// <summary>What it runs on, in words.</summary>
    string Description { get; }

    /// <summary>Returns when all that was asked for is done. For clocks: no operation's result depends on it.</summary>
    /// <exception cref="WageException">The device failed meanwhile.</exception>
    void Synchronize();

    /// <summary>Bytes that its tensors can take, as far as it knows: by default, of the host's memory.</summary>
    long AvailableMemory => HostMemory.Available();

    /// <summary>False for a backend that only plans: a build uploads nothing to it.</summary>
    bool HasMemory => true;

    /// <summary>
    /// A backend has one caller at a time. Whoever shares it with other threads enters this first: trainers, evaluators and models do, for a step, an
    /// evaluation, a batch.
    /// </summary>
    Lock Turn => BackendTurns.Of(this);

    /// <summary>A zeroed tensor in this backend's memory.</summary>
    Tensor Allocate(ElementType type, Shape shape);

    /// <summary>
    /// A data set's images, UInt8 [count,H,W,C], which only <see cref="LoadImages"/> reads and nobody changes any more: a backend that reads host
    /// memory takes them as they lie, without a copy, and one whose device cannot hold them may leave them there.
    /// </summary>
    Tensor TakeImages(byte[] pixels, Shape shape)
    {
        var images = Allocate(ElementType.UInt8, shape);
        Upload<byte>(pixels, images);
        return images;
    }

    /// <summary>Copies host values in; the element type and the length must agree.</summary>
    void Upload<T>(ReadOnlySpan<T> source, Tensor destination)
        where T : unmanaged, IBinaryInteger<T>;

    /// <summary>Copies values out to the host; the element type and the length must agree.</summary>
    void Download<T>(Tensor source, Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>;

    /// <summary>destination = source; type and length must agree.</summary>
    void Copy(Tensor source, Tensor destination);

    /// <summary>
    /// destination[r, first + c] = source[r, c]: a place for these columns in every row, the other columns as they were. Rows, as many in both, are
    /// the innermost extents. Any type, the same in both.
    /// </summary>
    void CopyColumns(Tensor source, Tensor destination, int first);

    /// <summary>Sets every element to 0.</summary>
    void Clear(Tensor destination);

    /// <summary>
    /// Image n of the batch is pixels[order[offset + n]] moved by the augmentation and read through the 256-entry table; where the
    /// augmentation leaves the image, or the index is negative or offset + n is past the order's end, the value is 0.
    /// </summary>
    /// <param name="pixels">UInt8 [count,H,W,C].</param>
    /// <param name="order">Int32 [m].</param>
    /// <param name="offset">The position of the batch's first image; the augmentation draws with position offset + n.</param>
    /// <param name="table">Int8 [256].</param>
    /// <param name="augmentation">Crop and flip.</param>
    /// <param name="key">The random bits of the augmentation.</param>
    /// <param name="images">Int8 [N,H,W,C].</param>
    void LoadImages(Tensor pixels, Tensor order, int offset, Tensor table, in Augmentation augmentation, in RandomKey key, Tensor images);

    /// <summary>Label n is labels[order[offset + n]], or -1 (ignored) as in <see cref="LoadImages"/>. UInt8 [count] to Int32 [N].</summary>
    void LoadLabels(Tensor labels, Tensor order, int offset, Tensor destination);

    /// <summary>
    /// accumulator[n,y,x,f] = sum over ky, kx, c of x[n, y s + ky - top, x s + kx - left, c] * w[f,ky,kx,c], x being <see cref="Padding.Value"/>
    /// outside the image. Int8 x Int8 to Int32 or Int64.
    /// </summary>
    void Convolve(Tensor x, Tensor w, in ConvGeometry g, Tensor accumulator);

    /// <summary>
    /// The transposed product: delta[n,h,w,c] = sum of e[n,y,x,f] * w[f,ky,kx,c] over all (y,x,ky,kx) that read (h,w). Int8 or Int16 x
    /// Int8 to Int32 or Int64.
    /// </summary>
    void ConvolveError(Tensor e, Tensor w, in ConvGeometry g, Tensor delta);

    /// <summary>
    /// gradient[f,ky,kx,c] = sum over n, y, x of e[n,y,x,f] * x[n, y s + ky - top, x s + kx - left, c], x being <see cref="Padding.Value"/>
    /// outside the image. Int8 x (Int8 or Int16) to Int32 or Int64.
    /// </summary>
    void ConvolveGradient(Tensor x, Tensor e, in ConvGeometry g, Tensor gradient);

    /// <summary>
    /// y = the maximum of each window; position (UInt8) = the first maximum in row-major order within the window. Int8, Int32 or Int64.
    /// </summary>
    void MaxPool(Tensor x, in PoolGeometry g, Tensor y, Tensor position);

    /// <summary>
    /// Each error goes to its window's maximum; errors that meet (overlapping windows) are summed in the row-major order of their windows, each
    /// addition by <see cref="FixedPoint.AddSaturated"/>, and the sum saturates at +-limit. Any signed type, same in and out.
    /// </summary>
    void MaxPoolError(Tensor e, Tensor position, in PoolGeometry g, long limit, Tensor destination);

    /// <summary>y = sum of the window / (elements of the window), rounded. Int8, Int32 or Int64, same in and out.</summary>
    void AveragePool(Tensor x, in PoolGeometry g, Rounding rounding, Tensor y);

    /// <summary>
    /// Each error goes, undivided, to every element of its window (the factor 1/window is left to the error's exponent); sums as in
    /// <see cref="MaxPoolError"/>.
    /// </summary>
    void AveragePoolError(Tensor e, in PoolGeometry g, long limit, Tensor destination);

    /// <summary>
    /// to[k] = number k of the statistic over all elements; one whose gate (UInt8), where it is given, has not all of these bits counts as 0. Any
    /// signed type to Int64 [<see cref="IStatistic.Results"/>].
    /// </summary>
    void Reduce<R>(Tensor x, Tensor? gate, int gateBits, in R statistic, Tensor to)
        where R : unmanaged, IStatistic;

    /// <summary>update = GradientScale(range[0], rule).Step(gradient), random bits by element index, from the rule's first on. Int32 or Int64 to
    /// Int16.</summary>
    /// <param name="gradient">The gradient.</param>
    /// <param name="range">Int64 [1]: its greatest magnitude, or what is taken for it.</param>
    /// <param name="rule">The rate and the randomizer.</param>
    /// <param name="key">The random bits.</param>
    /// <param name="update">Written.</param>
    /// <param name="statistic">
    /// Written where it is given, Int64 [3], as <see cref="StageTensors.Statistic"/>: max |gradient|, the elements that are clipped to the range, and
    /// those that are not 0 but whose update is.
    /// </param>
    void QuantizeGradient(Tensor gradient, Tensor range, in GradientRule rule, in RandomKey key, Tensor update, Tensor? statistic = null);

    /// <summary>z = function.Of(x, y), element by element. Any signed types; z may be x or y.</summary>
    void Combine<F>(Tensor x, Tensor y, in F function, Tensor z)
        where F : unmanaged, IPairFunction;

    /// <summary>
    /// y = table[x - least], where x before the table's first value counts as its first, and behind its last as its last: any function of few bits.
    /// Any signed types; y has the table's type.
    /// </summary>
    /// <param name="x">The values.</param>
    /// <param name="least">The x of the table's first value.</param>
    /// <param name="table">[n].</param>
    /// <param name="y">Of the length of x; may be x where the type is the same.</param>
    void Lookup(Tensor x, int least, Tensor table, Tensor y);

    /// <summary>
    /// codes[i] = 2^shift times value i of the packed weights, where 8 / bits values lie in a byte, the first in its lowest bits: of 1 bit -1 (0) and
    /// 1 (1), of 2 or 4 bits two's complement.
    /// </summary>
    /// <param name="packed">UInt8, ceil(n bits / 8) elements.</param>
    /// <param name="bits">1, 2 or 4.</param>
    /// <param name="shift">At least 0; an Int8 holds every value times 2^shift.</param>
    /// <param name="codes">Int8 [n].</param>
    void Unpack(Tensor packed, int bits, int shift, Tensor codes);

    /// <summary>
    /// The sum of two errors whose units are 2^(exponent[0] + offset): u = max(low, high - guard) of the two exponents,
    /// z = x and y brought to the unit 2^u (left shifts exact, right shifts half to even) and added;
    /// exponentZ[0] = u. A missing exponent counts as 0. Any signed types to Int64.
    /// </summary>
    void AddErrors(Tensor x, Tensor? exponentX, int offsetX, Tensor y, Tensor? exponentY, int offsetY, int guard, Tensor z, Tensor exponentZ);

    /// <summary>
    /// delta[n,j] = loss.Error of scores[n,j] and label n, 0 of an ignored sample (label -1). metrics (Int64 [3]) gains: [0] the samples' losses,
    /// [1] the samples whose greatest score (the first of equals) is the label's, [2] the samples counted.
    /// </summary>
    /// <param name="scores">[N,classes], any signed type.</param>
    /// <param name="labels">Int32 [N].</param>
    /// <param name="loss">The loss of a sample.</param>
    /// <param name="delta">[N,classes], any signed type.</param>
    /// <param name="metrics">Proved not to leave 64 bits.</param>
    void LossErrors<L>(Tensor scores, Tensor labels, in L loss, Tensor delta, Tensor metrics)
        where L : unmanaged, ILossRow;

    /// <summary>
    /// A product with its output stage: v = <see cref="Convolve(Tensor, Tensor, in ConvGeometry, Tensor)"/>, kept where
    /// <see cref="StageTensors.Kept"/> is given, then <see cref="MaxPool"/> where <paramref name="pool"/> is given, then <see cref="Map{S}"/>, whose
    /// columns are the filters.
    /// Accumulators of type <paramref name="accumulator"/> were proved to hold v. Int8 x Int8.
    /// </summary>
    void Convolve<S>(
        Tensor x, Tensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage;

    /// <summary>
    /// The error product with its output stage: v = <see cref="ConvolveError(Tensor, Tensor, in ConvGeometry, Tensor)"/>, then
    /// <see cref="Map{S}"/>. Accumulators of type <paramref name="accumulator"/> were proved to hold v and need not be stored. Int8 or Int16 x Int8.
    /// </summary>
    void ConvolveError<S>(Tensor e, Tensor w, in ConvGeometry g, ElementType accumulator, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage;

    /// <summary>
    /// Bytes of accumulators, of their maxima too, that the last product with a stage wrote to memory and read again; 0 where they ended in registers
    /// or in a cache, as they should. What <see cref="StageTensors.Kept"/> asks for does not count.
    /// </summary>
    long StoredSums => 0;

    /// <summary>
    /// v = x + t.Start; t.Output = stage.Value(v) where t.Gate passes, else 0; t.Mask = stage.Mask(v);
    /// t.Exponent[0] = t.ExponentIn[0] + stage.Exponent(t.Range[0]); t.Statistic of the whole tensor; t.ColumnSums of the output; what is null
    /// is left out.
    /// Any signed type to any signed type that holds the values; the output may be x.
    /// </summary>
    void Map<S>(Tensor x, in S stage, in StageTensors t)
        where S : unmanaged, IOutputStage;

    /// <summary>
    /// to[k, c] = number k of the statistic over the elements of column c: i with floor(i / run) mod C = c, C = the columns of
    /// <paramref name="to"/>. Any signed types to Int64 [<see cref="IColumnStatistic.Results"/>, C].
    /// </summary>
    /// <param name="x">The elements.</param>
    /// <param name="y">As many, or null: 0.</param>
    /// <param name="columns">Int32 [<see cref="IColumnStatistic.Constants"/>, C]; null where these are 0.</param>
    /// <param name="run">Neighbours that share a column: 1 of channels, the innermost extent; the fan-in of filters, the rows of weights.</param>
    /// <param name="statistic">The numbers.</param>
    /// <param name="to">Written.</param>
    void ReduceColumns<R>(Tensor x, Tensor? y, Tensor? columns, int run, in R statistic, Tensor to)
        where R : unmanaged, IColumnStatistic;

    /// <summary>The formula for each of some columns: for what has a handful of numbers for each channel and none for each element.</summary>
    /// <param name="inputs">Read: one to four Int32 or Int64 tensors, each [rows, columns], or [1], the same for every column.</param>
    /// <param name="formula">What is read and written.</param>
    /// <param name="columns">C.</param>
    /// <param name="outputs">Written: one to three tensors of such types; one that is also read is so by its own column alone.</param>
    void EachColumn<F>(ReadOnlySpan<Tensor> inputs, in F formula, int columns, params ReadOnlySpan<Tensor> outputs)
        where F : unmanaged, IColumnFormula;

    /// <summary>
    /// v = function.Of(x, y, the constants of the column), then as <see cref="Map{S}"/> of v, without <see cref="StageTensors.Start"/>, scales and
    /// sums. Any signed types; the output may be x or y.
    /// </summary>
    /// <param name="x">The elements.</param>
    /// <param name="y">As many, or null: 0.</param>
    /// <param name="columns">Int32 [<see cref="IColumnFunction.Constants"/>, C].</param>
    /// <param name="run">See <see cref="ReduceColumns{R}"/>.</param>
    /// <param name="function">What is made of an element.</param>
    /// <param name="stage">What is stored of it.</param>
    /// <param name="t">Its tensors.</param>
    void MapColumns<F, S>(Tensor x, Tensor? y, Tensor columns, int run, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage;

    /// <summary>
    /// The error product as the first operand of a function: v = <see cref="ConvolveError(Tensor, Tensor, in ConvGeometry, Tensor)"/>, then
    /// <see cref="MapColumns{F, S}"/> of v and y in runs of 1. <paramref name="sums"/> is memory that v may be stored in.
    /// </summary>
    void ConvolveError<F, S>(
        Tensor e, Tensor w, in ConvGeometry g, Tensor sums, Tensor y, Tensor columns, in F function, in S stage, in StageTensors t)
        where F : unmanaged, IColumnFunction
        where S : unmanaged, IOutputStage
    {
        ConvolveError(e, w, g, sums);
        MapColumns(sums, y, columns, 1, function, stage, t);
    }

    /// <summary>
    /// Counts, for reports. histogram (Int64 [3 + bins]) becomes: [0] the least x, [1] the greatest, [2] the elements with |x| >= limit, then the
    /// elements of each bin of <see cref="LogarithmicBins"/>, -Most to Most. Any signed type; the bins are those of the type at this precision.
    /// </summary>
    void Histogram(Tensor x, long limit, int precision, Tensor histogram);
}
