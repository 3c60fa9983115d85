using System.Runtime.InteropServices;
using Wage.Quantization;
using Wage.Workers;

namespace Wage.Simulation;

/// <summary>
/// Where workers that share a batch meet in float32: sums are made in the order of the ranks, so that every worker gets the same bits, and a run with
/// as many workers the same as well; with another number they differ, as sums of floats do.
/// </summary>
internal static class FloatMeeting
{
    /// <summary>The workers of a step: others than a <see cref="Collective"/> cannot give what is to be summed in their order.</summary>
    /// <exception cref="ArgumentException">They are others.</exception>
    public static Collective? Of(ICollective? workers) => workers is null or Collective ? workers as Collective : throw new ArgumentException(
        $"float32 is summed by a {nameof(Collective)} alone, not by a {workers.GetType().Name}", nameof(workers));

    /// <summary>Numbers of every worker, by rank; of one alone its own.</summary>
    public static ReadOnlySpan<T> Gather<T>(ICollective? workers, ReadOnlySpan<T> mine)
        where T : unmanaged
    {
        if (workers is not Collective { Size: > 1 } all) return mine;
        var everybody = new T[mine.Length * all.Size];
        all.Gather(MemoryMarshal.AsBytes(mine), MemoryMarshal.AsBytes(everybody.AsSpan()));
        return everybody;
    }

    /// <summary>Each number becomes the sum of every worker's.</summary>
    public static void Sum(ICollective? workers, Span<double> numbers)
    {
        if (workers is null) return;
        var all = Gather<double>(workers, numbers);
        for (var i = 0; i < numbers.Length; i++)
        {
            var sum = all[i];
            for (var at = i + numbers.Length; at < all.Length; at += numbers.Length) sum += all[at];
            numbers[i] = sum;
        }
    }

    /// <summary>The least and the greatest of every worker's.</summary>
    public static (float Least, float Greatest) Extremes(ICollective? workers, float least, float greatest)
    {
        if (workers is null) return (least, greatest);
        var all = Gather<float>(workers, [least, greatest]);
        for (var i = 0; i < all.Length; i += 2) (least, greatest) = (Math.Min(least, all[i]), Math.Max(greatest, all[i + 1]));
        return (least, greatest);
    }
}

/// <summary>The sum of a gradient over the workers: of long ones each rank adds a part, in the order of the ranks, and gives it to all.</summary>
internal sealed class FloatSum
{
    private readonly Collective workers;
    private readonly Parts parts;
    private readonly Exchange? scatter;
    private readonly Exchange? gather;

    /// <summary>For gradients of this length.</summary>
    public FloatSum(Collective workers, int length)
    {
        (this.workers, parts) = (workers, new Parts(length, workers.Size));
        if (!parts.Exist) return;
        var (send, receive) = (parts.Bytes(sizeof(float)), new int[workers.Size]);
        gather = new Exchange(null, new Pieces(send));
        Array.Fill(receive, send[workers.Rank]);
        scatter = new Exchange(new Pieces(send), new Pieces(receive));
    }

    /// <summary>Begins it; short ones are sent when it ends.</summary>
    public void Start(FloatTensor gradient)
    {
        if (scatter is null) return;
        for (var rank = 0; rank < workers.Size; rank++)
            MemoryMarshal.AsBytes(gradient.Span.Slice(parts.First(rank), parts.Count(rank))).CopyTo(scatter.Send![rank]);
        workers.Start(scatter);
    }

    /// <summary>The gradient becomes everybody's.</summary>
    public void Finish(FloatTensor gradient)
    {
        if (scatter is null)
        {
            Add(FloatMeeting.Gather<float>(workers, gradient.Span), gradient.Span);
            return;
        }

        workers.Wait(scatter);
        Add(MemoryMarshal.Cast<byte, float>(scatter.Receive.All), MemoryMarshal.Cast<byte, float>(gather!.Receive[workers.Rank]));
        workers.Start(gather);
        workers.Wait(gather);
        MemoryMarshal.Cast<byte, float>(gather.Receive.All).CopyTo(gradient.Span);
    }

    private static void Add(ReadOnlySpan<float> all, Span<float> sums)
    {
        all[..sums.Length].CopyTo(sums);
        for (var first = sums.Length; first < all.Length; first += sums.Length)
            for (var i = 0; i < sums.Length; i++) sums[i] += all[first + i];
    }
}
