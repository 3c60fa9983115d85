namespace Wage.Backends.Host;

/// <summary>One direction of the product of one rest.</summary>
internal readonly struct StrideRest
{
    /// <summary>Of the inputs with this rest.</summary>
    public StrideRest(int stride, int rest, int length, int kernel, int before, int outputs)
    {
        FirstTap = (rest + before) % stride;
        Taps = Count(kernel, FirstTap, stride);
        Inputs = Count(length, rest, stride);
        Before = (rest + before) / stride;
        After = outputs + Taps - 1 - Inputs - Before;
    }

    /// <summary>Inputs with this rest.</summary>
    public int Inputs { get; }

    /// <summary>The first tap that reaches them.</summary>
    public int FirstTap { get; }

    /// <summary>How many taps do.</summary>
    public int Taps { get; }

    /// <summary>The padding before and after for which the outputs are all of the errors; negative where the last inputs are not read.</summary>
    public int Before { get; }

    /// <inheritdoc cref="Before"/>
    public int After { get; }

    /// <summary>The numbers below <paramref name="length"/> that are first + i stride.</summary>
    public static int Count(int length, int first, int stride) => first >= length ? 0 : ((length - first - 1) / stride) + 1;
}
