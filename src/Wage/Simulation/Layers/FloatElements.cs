using Wage.Simulation.Products;

namespace Wage.Simulation.Layers;

/// <summary>What is done with some elements side by side, each on its own.</summary>
internal interface IFloatLoop
{
    /// <summary>The elements from i on, as many as there are lanes.</summary>
    void At<T>(nint i)
        where T : struct, IFloatLanes<T>;
}

/// <summary>The same where each channel, the last extent, has values of its own.</summary>
internal interface IFloatChannelLoop
{
    /// <summary>The elements from i on, of the channels from c on.</summary>
    void At<T>(nint i, int c)
        where T : struct, IFloatLanes<T>;
}

/// <summary>Loops over elements on all threads, in vectors; what an element becomes depends on neither.</summary>
internal static class FloatElements
{
    private const int PartElements = 1 << 14;

    /// <summary>Every element.</summary>
    public static void Run<TLoop>(FloatEngine engine, int length, in TLoop loop)
        where TLoop : struct, IFloatLoop => engine.Run(
            (length + PartElements - 1) / PartElements, new Whole<TLoop>(engine.Lanes, length, loop), static (in w, item, _) => Part(w, item));

    /// <summary>Every element of rows of channels.</summary>
    public static void RunChannels<TLoop>(FloatEngine engine, int rows, int channels, in TLoop loop)
        where TLoop : struct, IFloatChannelLoop
    {
        var most = Math.Max(1, PartElements / channels);
        engine.Run(
            (rows + most - 1) / most, new Lines<TLoop>(engine.Lanes, rows, channels, most, loop), static (in w, item, _) => Part(w, item));
    }

    /// <summary>The channels of one row whose first element is <paramref name="at"/>.</summary>
    public static void Row<TLoop>(int lanes, nint at, int channels, in TLoop loop)
        where TLoop : struct, IFloatChannelLoop
    {
        var c = 0;
        if (lanes >= 16) c = Row<SixteenFloats, TLoop>(loop, at, c, channels);
        if (lanes >= 8) c = Row<EightFloats, TLoop>(loop, at, c, channels);
        if (lanes >= 4) c = Row<FourFloats, TLoop>(loop, at, c, channels);
        Row<OneFloat, TLoop>(loop, at, c, channels);
    }

    private static int Row<T, TLoop>(in TLoop loop, nint at, int c, int channels)
        where T : struct, IFloatLanes<T>
        where TLoop : struct, IFloatChannelLoop
    {
        for (; c + T.Count <= channels; c += T.Count) loop.At<T>(at + c, c);
        return c;
    }

    private static void Part<TLoop>(in Whole<TLoop> w, int item)
        where TLoop : struct, IFloatLoop
    {
        var (i, end) = (item * PartElements, Math.Min((item + 1) * PartElements, w.Length));
        if (w.Lanes >= 16) i = Run<SixteenFloats, TLoop>(w.Loop, i, end);
        if (w.Lanes >= 8) i = Run<EightFloats, TLoop>(w.Loop, i, end);
        if (w.Lanes >= 4) i = Run<FourFloats, TLoop>(w.Loop, i, end);
        Run<OneFloat, TLoop>(w.Loop, i, end);
    }

    private static int Run<T, TLoop>(in TLoop loop, int i, int end)
        where T : struct, IFloatLanes<T>
        where TLoop : struct, IFloatLoop
    {
        for (; i + T.Count <= end; i += T.Count) loop.At<T>(i);
        return i;
    }

    private static void Part<TLoop>(in Lines<TLoop> w, int item)
        where TLoop : struct, IFloatChannelLoop
    {
        var end = Math.Min((item + 1) * w.Most, w.Count);
        for (var row = item * w.Most; row < end; row++) Row(w.Lanes, (nint)row * w.Channels, w.Channels, w.Loop);
    }

    private readonly record struct Whole<TLoop>(int Lanes, int Length, TLoop Loop);

    private readonly record struct Lines<TLoop>(int Lanes, int Count, int Channels, int Most, TLoop Loop);
}
