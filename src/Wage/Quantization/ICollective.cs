using Wage.Tensors;

namespace Wage.Quantization;

/// <summary>
/// Workers that each have a part of the batch and the same weights. Sums are exact integers and maxima are maxima, so the order in which they meet
/// does not matter: with any number of workers the same bits come out.
/// </summary>
public interface ICollective
{
    /// <summary>Every worker's tensor becomes the sum of all of them. Int32 or Int64, which was proved to hold the sum.</summary>
    void Sum(Tensor tensor);

    /// <summary>Every worker's tensor becomes the greatest of all of them. Int64.</summary>
    void Max(Tensor tensor);

    /// <summary>The same of several tensors, at once where that is cheaper.</summary>
    void Max(ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors) Max(tensor);
    }
}
