using Wage.Backends;
using Wage.Tensors;

namespace Wage.Tests.Backends;

/// <summary>A backend with the smallest fault there is: the last element of every result, or of one operation's, is off by one.</summary>
public sealed class OffByOneBackend(IBackend inner, string? only = null) : ForwardingBackend(inner)
{
    public override string Description => $"the last element of {only ?? "everything"} off by one";

    protected override void After(in BackendCall call, long before)
    {
        if (call.Operation is nameof(TakeImages) or nameof(Allocate) or nameof(Upload) or nameof(Download) or nameof(Clear)) return;
        if (only is not null && only != call.Operation) return;
        var host = (HostTensor)call.Result;
        var last = host.Length - 1;
        host[last] += host[last] > 0 ? -1 : 1;
    }
}
