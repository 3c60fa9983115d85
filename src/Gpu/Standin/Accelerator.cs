using System.Linq.Expressions;
using System.Reflection;

namespace ILGPU.Runtime;

/// <summary>Stand-in: a device that is the host's threads.</summary>
internal sealed class Accelerator : IDisposable
{
    /// <summary>Copies from the device to the host so far.</summary>
    public long HostReads { get; set; }

    /// <summary>What tests make fail.</summary>
    public Faults Faults { get; } = new();

    public AcceleratorStream CreateStream() => new(this);

    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(long length)
        where T : unmanaged => new(this, length);

    /// <summary>A delegate (stream, config, arguments...) that runs the static method as a kernel.</summary>
    public TDelegate LoadKernel<TDelegate>(MethodInfo method)
        where TDelegate : Delegate
    {
        Faults.Compiling(method.Name);
        var parameters = typeof(TDelegate).GetMethod("Invoke")!.GetParameters().Select(p => Expression.Parameter(p.ParameterType)).ToArray();
        var kernel = Expression.Lambda<Action>(Expression.Call(method, parameters.Skip(2)));
        var launch = Expression.Call(Expression.Constant(this), nameof(Launch), null, parameters[1], kernel);
        return Expression.Lambda<TDelegate>(launch, parameters).Compile();
    }

    public void Dispose()
    {
    }

    private void Launch(KernelConfig config, Action kernel)
    {
        Faults.Working();
        Team.Launch(config, kernel);
    }
}

/// <summary>Stand-in: work is done at once, so a stream is only a name.</summary>
internal sealed class AcceleratorStream(Accelerator accelerator) : IDisposable
{
    public Accelerator Accelerator => accelerator;

    public ProfilingMarker AddProfilingMarker() => new(this);

    public void Synchronize() => accelerator.Faults.Working();

    public void Dispose()
    {
    }
}

/// <summary>Stand-in: a place in a stream that can be waited for.</summary>
internal sealed class ProfilingMarker(AcceleratorStream stream) : IDisposable
{
    public void Synchronize() => stream.Synchronize();

    public void Dispose()
    {
    }
}
