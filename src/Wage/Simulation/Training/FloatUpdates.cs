using System.Runtime.CompilerServices;
using Wage.Simulation.Layers;
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
    public static void Run<U>(FloatParameter p, in U update, FloatEngine engine)
        where U : unmanaged, IFloatUpdate
    {
        var first = p.States.Count > 0 ? p.States[0].Values.Pointer : null;
        var second = p.States.Count > 1 ? p.States[1].Values.Pointer : null;
        FloatElements.Run(engine, p.Value.Span.Length, new Loop<U>(update, p.Value.Pointer, p.Gradient.Pointer, first, second));
    }

    private readonly struct Loop<U>(U update, float* w, float* g, float* first, float* second) : IFloatLoop
        where U : unmanaged, IFloatUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i)
            where T : struct, IFloatLanes<T> => update.Step<T>(w + i, g + i, first is null ? null : first + i, second is null ? null : second + i);
    }
}
