using Wage.Backends;
using Wage.Gpu.Kernels;
using Wage.Quantization;
using Wage.Tensors;

namespace Wage.Gpu;

/// <summary>
/// Products that a device computes with units of its own. Each returns false for a shape or a type that it does not take, before
/// it writes anything; the portable kernel then runs. The integers are the same either way. Arguments as in <see cref="IBackend"/>.
/// </summary>
internal interface IDeviceProducts : IDisposable
{
    /// <summary><see cref="IBackend.Convolve"/>, with zeros around the image.</summary>
    bool Convolve(GpuTensor x, GpuTensor w, in ConvGeometry g, GpuTensor accumulator);

    /// <summary><see cref="IBackend.ConvolveError(Tensor, Tensor, in ConvGeometry, Tensor)"/>.</summary>
    bool ConvolveError(GpuTensor e, GpuTensor w, in ConvGeometry g, GpuTensor delta);

    /// <summary><see cref="IBackend.ConvolveGradient"/>.</summary>
    bool ConvolveGradient(GpuTensor x, GpuTensor e, in ConvGeometry g, GpuTensor gradient);

    /// <summary><see cref="IBackend.Convolve{S}"/>, of stages that need no range, no random bits and no columns, to bytes and with a mask.</summary>
    bool Convolve<S>(
        GpuTensor x, GpuTensor w, in ConvGeometry g, ElementType accumulator, in PoolGeometry? pool, in S stage,
        GpuTensor output, GpuTensor mask, GpuTensor? position)
        where S : unmanaged, IOutputStage;

    /// <summary>Whether they take this error product only where its sums are stored.</summary>
    bool StoresErrors(GpuTensor e, GpuTensor w, in ConvGeometry g, ElementType accumulator);

    /// <summary><see cref="IBackend.ConvolveError{S}"/>, of stages without columns, in an <see cref="IEnding{S}"/>.</summary>
    bool ConvolveError<S>(GpuTensor e, GpuTensor w, in ConvGeometry g, ElementType accumulator, Type ending, in S stage, in StageViews to)
        where S : unmanaged, IOutputStage;
}
