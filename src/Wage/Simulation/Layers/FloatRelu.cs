using System.Runtime.CompilerServices;
using Wage.Quantization;
using Wage.Simulation.Products;

namespace Wage.Simulation.Layers;

/// <summary>
/// y = max(x, 0), or min(max(x, 0), limit) for ReLU6; NaN stays, so that it is found. An error passes where y is above 0 and below the limit.
/// </summary>
/// <param name="engine">Whose threads and lanes do it.</param>
/// <param name="name">"relu1".</param>
/// <param name="limit">6; null: none.</param>
/// <param name="own">Where y goes; null: in place.</param>
internal sealed unsafe class FloatRelu(FloatEngine engine, string name, float? limit, FloatTensor? own) : FloatLayer(name)
{
    private FloatTensor? y;

    /// <summary>The greatest value; null: there is none.</summary>
    public float? Limit => limit;

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        y = own ?? x;
        FloatElements.Run(engine, x.Shape.Length, new Clamp(x.Pointer, y.Pointer, limit ?? float.PositiveInfinity));
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        FloatElements.Run(engine, e.Shape.Length, new Mask(y!.Pointer, e.Pointer, limit ?? float.PositiveInfinity));
        return e;
    }

    private readonly struct Clamp(float* x, float* y, float limit) : IFloatLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i)
            where T : struct, IFloatLanes<T>
        {
            var value = T.Load(x + i);
            value = T.IfLessOrEqual(value, T.Of(0), T.Of(0), value);
            T.IfLessOrEqual(T.Of(limit), value, T.Of(limit), value).Store(y + i);
        }
    }

    private readonly struct Mask(float* y, float* e, float limit) : IFloatLoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<T>(nint i)
            where T : struct, IFloatLanes<T>
        {
            var value = T.Load(y + i);
            var passed = T.IfLessOrEqual(T.Of(limit), value, T.Of(0), T.Load(e + i));
            T.IfLessOrEqual(value, T.Of(0), T.Of(0), passed).Store(e + i);
        }
    }
}
