using Wage.Gpu.Kernels;
using Wage.Numbers;
using Wage.Tensors;

namespace Wage.Gpu;

/// <content>Counts for reports: they read tensors and change none.</content>
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
    public void CountChanges(Tensor before, Tensor after, Tensor counts)
    {
        Require(after, before.Length);
        Require(counts, 2);
        Clear(counts);
        kernels.Run(
            KernelOf(typeof(Counting), nameof(Counting.CountChanges), before), shape.Over(before.Length),
            View(before), View(after), View(counts), before.Length);
    }
}
