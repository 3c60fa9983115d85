using System.Runtime.CompilerServices;
using Wage.Simulation.Products;

namespace Wage.Simulation.Layers;

/// <summary>y = x scale + shift, each channel by its own; y may be x.</summary>
internal readonly unsafe struct ScaleShift(float* x, float* scale, float* shift, float* y) : IFloatChannelLoop
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<T>(nint i, int c)
        where T : struct, IFloatLanes<T> => T.MultiplyAdd(T.Load(x + i), T.Load(scale + c), T.Load(shift + c)).Store(y + i);
}

/// <summary>e = e scale, each channel by its own.</summary>
internal readonly unsafe struct Scaled(float* e, float* scale) : IFloatChannelLoop
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<T>(nint i, int c)
        where T : struct, IFloatLanes<T> => (T.Load(e + i) * T.Load(scale + c)).Store(e + i);
}
