namespace Wage.Gpu;

/// <summary>Where a test makes a device fail: each method is called before the device is asked, and throws what the device would.</summary>
internal interface IDeviceFaults
{
    /// <summary>Before this many bytes are allocated.</summary>
    void Allocating(long bytes);

    /// <summary>Before a kernel is compiled.</summary>
    void Compiling(string kernel);

    /// <summary>Before a launch, a copy or a wait.</summary>
    void Working();
}
