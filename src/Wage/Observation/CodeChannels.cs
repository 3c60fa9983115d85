using Wage.Numbers;

namespace Wage.Observation;

/// <summary>How the channels of codes without a sign compare.</summary>
internal static class CodeChannels
{
    /// <summary>Of codes in units of 2^exponent, the channels innermost.</summary>
    public static ChannelSummary Of(ReadOnlySpan<short> codes, int channels, int exponent)
    {
        var reach = new short[channels];
        for (var i = 0; i < codes.Length; i++) reach[i % channels] = Math.Max(reach[i % channels], codes[i]);
        var widest = reach.Index().MaxBy(channel => channel.Item).Index;
        short[] others = [.. reach.Where((magnitude, c) => c != widest && magnitude > 0).Order()];
        var dead = Array.IndexOf(reach, (short)0);
        return new ChannelSummary
        {
            Count = channels,
            Dead = reach.Count(magnitude => magnitude == 0),
            FirstDead = dead < 0 ? null : dead,
            Widest = widest,
            Reach = new BinaryNumber(reach[widest], exponent),
            Median = new BinaryNumber(others.Length == 0 ? 0 : others[(others.Length - 1) / 2], exponent),
        };
    }
}
