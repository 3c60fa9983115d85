using ILGPU.Runtime.Cuda;
using Wage.Gpu.TensorCores;

namespace Wage.Gpu.Cuda;

/// <summary>Whether a CUDA device multiplies on tensor cores.</summary>
internal static class CudaProducts
{
    private const int GroupsPerMultiprocessor = 2;

    /// <summary>
    /// For the backend of this device: its products, or null where it has no
    /// tensor cores for int8 by mma.m16n8k32 (before compute capability 8.0).
    /// </summary>
    public static Func<Launcher, IDeviceProducts?>? Of(string device, CudaAccelerator accelerator) =>
        accelerator.Architecture < CudaArchitecture.SM_80
            ? null
            : kernels => new TensorCoreProducts(
                accelerator, kernels, new Failures(device), GroupsPerMultiprocessor * accelerator.NumMultiprocessors);
}
