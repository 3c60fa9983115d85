using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Statistics: they read tensors and change none.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public void Histogram(Tensor x, long limit, int precision, Tensor histogram)
    {
        var bins = LogarithmicBins.Of(x.Type, precision);
        Require(histogram, 3 + bins.Count);
        kernels.Run(new Kernel(typeof(Counting), nameof(Counting.Begin)), shape.Over(histogram.Length), View(histogram), histogram.Length);
        kernels.Run(
            KernelOf(typeof(Counting), nameof(Counting.Histogram), x), shape.Over(x.Length),
            View(x), limit, precision, bins.Most, View(histogram), x.Length);
    }

    /// <inheritdoc/>
    public void Reduce<R>(Tensor x, Tensor? gate, int gateBits, in R statistic, Tensor to)
        where R : unmanaged, IStatistic
    {
        Require(to, R.Results);
        if (gate is not null) Require(gate, x.Length);
        Clear(to);
        kernels.Run(
            new Kernel(typeof(Counting), nameof(Counting.Reduce), Element.Of(x), typeof(R)), shape.Over(x.Length),
            View(x), ViewOrUnread(gate), gate is null ? 0 : gateBits, statistic, View(to), x.Length);
    }
}
