using System.Runtime.InteropServices;

namespace Wage.Backends.Host;

/// <summary>
/// Machine code in memory of its own: first writable, then executable, never both. It stays for the life of the process. A hardened system
/// may refuse; that is an answer, not an error.
/// </summary>
internal static unsafe partial class ExecutableMemory
{
    private const int ReadWrite = 1 | 2;
    private const int ReadExecute = 1 | 4;
    private const int Private = 2;
    private const int AnonymousLinux = 0x20;
    private const int AnonymousBsd = 0x1000;
    private const uint CommitAndReserve = 0x3000;
    private const uint PageReadWrite = 0x04;
    private const uint PageExecuteRead = 0x20;

    /// <summary>Room of so many bytes to write to; 0 where it is refused.</summary>
    public delegate nint Allocator(nuint bytes);

    /// <summary>Makes it executable and no longer writable; false where that is refused.</summary>
    public delegate bool Protector(nint memory, nuint bytes);

    /// <summary>The code's address, or 0 and the system's refusal in words.</summary>
    public static nint Of(ReadOnlySpan<byte> code, out string? refusal) =>
        OperatingSystem.IsWindows() ? Of(code, WindowsAllocate, WindowsProtect, out refusal) : Of(code, UnixAllocate, UnixProtect, out refusal);

    /// <summary>As the other, with the system's two calls given.</summary>
    public static nint Of(ReadOnlySpan<byte> code, Allocator allocate, Protector protect, out string? refusal)
    {
        try
        {
            var memory = allocate((nuint)code.Length);
            refusal = memory == 0 ? Refusal("memory for code") : null;
            if (memory == 0) return 0;
            code.CopyTo(new Span<byte>((void*)memory, code.Length));
            if (protect(memory, (nuint)code.Length)) return memory;
            refusal = Refusal("executable memory");
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            refusal = $"the system has no call for executable memory ({error.GetType().Name})";
        }

        return 0;
    }

    private static string Refusal(string what) => $"the system refuses {what} ({Marshal.GetLastPInvokeErrorMessage()})";

    private static nint UnixAllocate(nuint bytes)
    {
        var flags = Private | (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? AnonymousLinux : AnonymousBsd);
        var memory = Map(0, bytes, ReadWrite, flags, -1, 0);
        return memory == -1 ? 0 : memory;
    }

    private static bool UnixProtect(nint memory, nuint bytes) => Protect(memory, bytes, ReadExecute) == 0;

    private static nint WindowsAllocate(nuint bytes) => VirtualAlloc(0, bytes, CommitAndReserve, PageReadWrite);

    private static bool WindowsProtect(nint memory, nuint bytes) => VirtualProtect(memory, bytes, PageExecuteRead, out _) != 0;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint VirtualAlloc(nint address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualProtect(nint address, nuint size, uint protection, out uint before);
}
