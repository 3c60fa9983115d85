using System.Globalization;
using System.Numerics;
using Wage.Tensors;

namespace Wage.Layers;

/// <summary>The greatest magnitude that a sum of products can reach, proved before a step runs.</summary>
/// <param name="Terms">How many products are summed.</param>
/// <param name="Left">The greatest magnitude of the one factor.</param>
/// <param name="Right">The greatest magnitude of the other.</param>
/// <param name="Added">The greatest magnitude of what is added: a bias.</param>
public readonly record struct AccumulatorBound(long Terms, long Left, long Right, long Added = 0)
{
    /// <summary>terms * left * right + added.</summary>
    public BigInteger Value => ((BigInteger)Terms * Left * Right) + Added;

    /// <summary>int32 or int64, whichever is the first that holds the bound.</summary>
    /// <param name="owner">The layer and the product, for the message: "conv2 gradient".</param>
    /// <param name="width">What the user allows.</param>
    /// <exception cref="WageException">The bound does not fit; it is stated.</exception>
    public ElementType Choose(string owner, AccumulatorWidth width)
    {
        var bound = Value;
        if (width != AccumulatorWidth.Int64 && bound <= int.MaxValue) return ElementType.Int32;
        if (width != AccumulatorWidth.Int32 && bound <= long.MaxValue) return ElementType.Int64;
        var type = width == AccumulatorWidth.Int32 ? $"int32 ({int.MaxValue})" : $"int64 ({long.MaxValue})";
        var bias = Added == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" and a bias of at most {Added}");
        const string Smaller = "take a smaller batch, image or bit width.";
        throw new WageException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{owner}: {Terms} terms of at most {Left} x {Right}{bias} can reach {bound}, which {type} cannot hold."),
            width == AccumulatorWidth.Int32 ? (Wording)$"allow int64 accumulators ({new Term(TermKind.Accumulators)}), or {Smaller}" : Smaller);
    }
}

/// <summary>The accumulators that a model may use.</summary>
public enum AccumulatorWidth
{
    /// <summary>int32 where the bound allows it, else int64.</summary>
    Auto,

    /// <summary>int32 or a refusal: for hardware that has nothing wider.</summary>
    Int32,

    /// <summary>int64 everywhere.</summary>
    Int64,
}
