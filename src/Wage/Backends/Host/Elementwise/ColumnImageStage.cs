using Wage.Quantization;

namespace Wage.Backends.Host;

/// <summary>The end of an image's error product in a function of its sums and another tensor, then a stage.</summary>
internal sealed unsafe class ColumnImageStage<F, S> : ImageStage
    where F : unmanaged, IColumnFunction
    where S : unmanaged, IOutputStage
{
    private ColumnMapping<F, S> work;
    private int length;
    private JoinedMeasure? whole;

    /// <inheritdoc/>
    public override int RowLength => 0;

    /// <summary>Sets what to do; the tensors hold whole batches of images of <paramref name="length"/> elements each.</summary>
    public ColumnImageStage<F, S> Of(in ColumnMapping<F, S> work, int length, JoinedMeasure whole)
    {
        (this.work, this.length, this.whole) = (work, length, whole);
        return this;
    }

    /// <inheritdoc/>
    public override void Run(int image, int* sums, int* maxima) => Run(sums, (long)image * length, 1, length, length);

    /// <inheritdoc/>
    public override void Run(int* sums, long first, int rows, int width, int pitch)
    {
        var part = default(StageMeasure);
        for (var row = 0; row < rows; row++, sums += width, first += pitch) work.Run(sums, checked((int)first), width, ref part);
        whole!.Add(part);
    }
}
