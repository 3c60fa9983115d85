using Wage.Simulation.Products;

namespace Wage.Simulation;

/// <summary>How some values of a parameter change, written once for one value and for vectors.</summary>
internal unsafe interface IFloatUpdate
{
    /// <summary>Values w with gradient g and the optimizer's states; a state that it does not keep is null.</summary>
    void Step<T>(float* w, float* g, float* first, float* second)
        where T : struct, IFloatLanes<T>;
}

/// <summary>An update of a whole parameter: each value on its own, so that neither lanes nor threads change a bit.</summary>
internal static unsafe class FloatUpdates
{
    private const int Part = 1 << 14;

    public static void Run<U>(FloatParameter p, in U update, FloatEngine engine)
        where U : unmanaged, IFloatUpdate
    {
        var (first, second) = (p.States.Count > 0 ? (nint)p.States[0].Values.Pointer : 0, p.States.Count > 1 ? (nint)p.States[1].Values.Pointer : 0);
        var length = p.Value.Span.Length;
        var work = new Work<U>(update, (nint)p.Value.Pointer, (nint)p.Gradient.Pointer, first, second, length, engine.Lanes);
        engine.Run((length + Part - 1) / Part, work, static (in w, item, _) => w.Do(item * Part, Math.Min(Part, w.Length - (item * Part))));
    }

    private readonly record struct Work<U>(U Update, nint W, nint G, nint First, nint Second, int Length, int Lanes)
        where U : unmanaged, IFloatUpdate
    {
        public void Do(int from, int count)
        {
            var (at, end) = (from, from + count);
            if (Lanes >= 16) at = Do<SixteenFloats>(at, end);
            if (Lanes >= 8) at = Do<EightFloats>(at, end);
            if (Lanes >= 4) at = Do<FourFloats>(at, end);
            Do<OneFloat>(at, end);
        }

        private int Do<T>(int at, int end)
            where T : struct, IFloatLanes<T>
        {
            float* w = (float*)W, g = (float*)G, first = (float*)First, second = (float*)Second;
            for (; at + T.Count <= end; at += T.Count)
                Update.Step<T>(w + at, g + at, first is null ? null : first + at, second is null ? null : second + at);
            return at;
        }
    }
}
