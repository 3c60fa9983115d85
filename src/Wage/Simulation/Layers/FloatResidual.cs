using System.Runtime.CompilerServices;
using Wage.Quantization;
using Wage.Simulation.Products;
using Wage.Tensors;

namespace Wage.Simulation.Layers;

/// <summary>The sum of a branch and a shortcut, which may be the input itself; on the way back the sum of their errors, delta.</summary>
internal sealed unsafe class FloatResidual(
    FloatBuilder build, string name, FloatChain branch, FloatChain shortcut, Shape output, FloatTensor? delta) : FloatLayer(name)
{
    private readonly FloatEngine engine = build.Engine;
    private readonly FloatTensor y = build.Allocate(MemoryKind.Activations, output);
    private readonly FloatTensor errors = build.Errors.Beside(output);

    /// <summary>The branch.</summary>
    public FloatChain Branch => branch;

    /// <summary>The shortcut; without layers it is the input itself.</summary>
    public FloatChain Shortcut => shortcut;

    /// <inheritdoc/>
    public override IEnumerable<FloatParameter> Parameters => branch.Parameters.Concat(shortcut.Parameters);

    /// <inheritdoc/>
    public override IEnumerable<FloatState> States => branch.States.Concat(shortcut.States);

    /// <inheritdoc/>
    public override void Prepare(in StepContext s)
    {
        branch.Prepare(s);
        shortcut.Prepare(s);
    }

    /// <inheritdoc/>
    public override FloatTensor Forward(FloatTensor x, in StepContext s)
    {
        var (left, right) = (branch.Forward(x, s), shortcut.Forward(x, s));
        FloatElements.Run(engine, y.Shape.Length, new AddedFloats(left.Pointer, right.Pointer, y.Pointer));
        return y;
    }

    /// <inheritdoc/>
    public override FloatTensor Backward(FloatTensor e, bool needsError, in StepContext s)
    {
        e.Span.CopyTo(errors.Span);                                      // both may change what they are given
        var (left, right) = (branch.Backward(errors, needsError, s), shortcut.Backward(e, needsError, s));
        if (!needsError || delta is null) return e;
        FloatElements.Run(engine, delta.Shape.Length, new AddedFloats(left.Pointer, right.Pointer, delta.Pointer));
        return delta;
    }
}

/// <summary>y = a + b.</summary>
internal readonly unsafe struct AddedFloats(float* a, float* b, float* y) : IFloatLoop
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void At<T>(nint i)
        where T : struct, IFloatLanes<T> => (T.Load(a + i) + T.Load(b + i)).Store(y + i);
}
