using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace Wage.Gpu;

/// <summary>A driver without its development files has only the numbered name of its library; ILGPU asks for the other.</summary>
internal static class NativeDrivers
{
    private static readonly Lock Once = new();
    private static bool resolved;

    /// <summary>Lets ILGPU find libOpenCL.so.1 and libcuda.so.1.</summary>
    public static void Resolve()
    {
        lock (Once)
        {
            if (resolved) return;
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Find);
            resolved = true;
        }
    }

    /// <summary>The version of NVIDIA's kernel module, which CUDA's own number does not tell; empty where it is not said.</summary>
    public static string CudaVersion
    {
        get
        {
            try
            {
                return File.ReadLines("/proc/driver/nvidia/version").FirstOrDefault(string.Empty);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return string.Empty;
            }
        }
    }

    private static nint Find(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (NativeLibrary.TryLoad(name, assembly, path, out var library)) return library;
        var numbered =
            name.Contains("OpenCL", StringComparison.OrdinalIgnoreCase) ? "libOpenCL.so.1" :
            name.Contains("cuda", StringComparison.OrdinalIgnoreCase) ? "libcuda.so.1" : null;
        return numbered is not null && NativeLibrary.TryLoad(numbered, out library) ? library : 0;
    }
}
