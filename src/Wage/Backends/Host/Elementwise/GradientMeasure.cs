using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Backends.Host;

/// <summary><see cref="StageMeasure"/> of gradients and the updates just made of them, a block at a time: both are still in the cache.</summary>
internal static unsafe class GradientMeasure
{
    /// <summary>Elements of a block: a multiple of what one call of the random generator serves.</summary>
    public const int Block = 2048;

    /// <summary>Adds elements [start, start + n) of the gradient.</summary>
    public static void Add(Tensor gradient, int start, int n, short* update, long most, ref StageMeasure whole)
    {
        var done = 0;
        if (gradient is HostTensor<int> narrow)
        {
            var measure = MeasureLanes<Int32x8>.Of(most);
            for (; done + Int32x8.Count <= n; done += Int32x8.Count)
                measure.Add(Int32x8.Load(narrow.Pointer + start + done), Int32x8.Load(update + done));
            measure.Join(ref whole);
        }

        var values = stackalloc long[Elements.Block];
        for (; done < n; done += Elements.Block)
        {
            var count = Math.Min(Elements.Block, n - done);
            Elements.Read(gradient, start + done, count, values);
            for (var i = 0; i < count; i++) whole.Add(values[i], update[done + i], most);
        }
    }
}
