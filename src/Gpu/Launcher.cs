using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace Wage.Gpu;

/// <summary>
/// Compiles each kernel once per set of element types, and launches it
/// on the backend's one stream: kernels run in the order in which they are given.
/// </summary>
internal sealed class Launcher(Accelerator accelerator, AcceleratorStream stream, Failures failures, IDeviceFaults? faults = null)
{
    private readonly Dictionary<(Type Holder, string Kernel, Type?, Type?, Type?, Type?, Type?, Type?), Delegate> kernels = [];

    private readonly List<MethodInfo> loaded = [];

    /// <summary>The kernels compiled so far.</summary>
    public IReadOnlyList<MethodInfo> Loaded => loaded;

    public void Run<T1, T2>(Kernel k, KernelConfig config, T1 a1, T2 a2) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2>>(k), launch => launch(stream, config, a1, a2));

    public void Run<T1, T2, T3>(Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3>>(k), launch => launch(stream, config, a1, a2, a3));

    public void Run<T1, T2, T3, T4>(Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4>>(k), launch => launch(stream, config, a1, a2, a3, a4));

    public void Run<T1, T2, T3, T4, T5>(Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5>>(k), launch => launch(stream, config, a1, a2, a3, a4, a5));

    public void Run<T1, T2, T3, T4, T5, T6>(Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6>>(k), launch => launch(stream, config, a1, a2, a3, a4, a5, a6));

    public void Run<T1, T2, T3, T4, T5, T6, T7>(Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7>>(k),
        launch => launch(stream, config, a1, a2, a3, a4, a5, a6, a7));

    public void Run<T1, T2, T3, T4, T5, T6, T7, T8>(Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8>>(k),
        launch => launch(stream, config, a1, a2, a3, a4, a5, a6, a7, a8));

    public void Run<T1, T2, T3, T4, T5, T6, T7, T8, T9>(
        Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8, T9 a9) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9>>(k),
        launch => launch(stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9));

    public void Run<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
        Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8, T9 a9, T10 a10) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>>(k),
        launch => launch(stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10));

    public void Run<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
        Kernel k, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8, T9 a9, T10 a10, T11 a11) => Start(
        k, Load<Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>>(k),
        launch => launch(stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11));

    /// <summary>Zeros memory, in its turn among the kernels.</summary>
    public void Clear(ArrayView<byte> memory)
    {
        try
        {
            faults?.Working();
            memory.MemSetToZero(stream);
        }
        catch (Exception error)
        {
            throw failures.Working(nameof(Clear), error);
        }
    }

    private void Start<TDelegate>(Kernel kernel, TDelegate launch, Action<TDelegate> start)
    {
        try
        {
            faults?.Working();
            start(launch);
        }
        catch (Exception error)
        {
            throw failures.Working(kernel.Name, error);
        }
    }

    private TDelegate Load<TDelegate>(Kernel kernel)
        where TDelegate : Delegate
    {
        if (kernels.TryGetValue(kernel.Key, out var known)) return (TDelegate)known;
        try
        {
            faults?.Compiling(kernel.Name);
            var method = kernel.Holder.GetMethod(kernel.Name, BindingFlags.Public | BindingFlags.Static)!;
            if (kernel.Types.Length > 0) method = method.MakeGenericMethod(kernel.Types);
            var launch = accelerator.LoadKernel<TDelegate>(method);
            kernels.Add(kernel.Key, launch);
            loaded.Add(method);
            return launch;
        }
        catch (Exception error)
        {
            throw failures.Compiling(kernel.Name, error);
        }
    }
}

/// <summary>A kernel: a static method, and the element types that it is compiled for.</summary>
internal readonly struct Kernel(Type holder, string name, params Type[] types)
{
    public Type Holder => holder;

    public string Name => name;

    public Type[] Types => types;

    public (Type Holder, string Kernel, Type?, Type?, Type?, Type?, Type?, Type?) Key =>
        (holder, name, At(0), At(1), At(2), At(3), At(4), At(5));

    private Type? At(int i) => i < types.Length ? types[i] : null;
}
