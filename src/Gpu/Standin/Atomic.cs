namespace ILGPU;

/// <summary>Stand-in: the atomic operations that the kernels use.</summary>
internal static class Atomic
{
    /// <summary>target += value; the old value.</summary>
    public static int Add(ref int target, int value) => Interlocked.Add(ref target, value) - value;

    /// <summary>target += value; the old value.</summary>
    public static long Add(ref long target, long value) => Interlocked.Add(ref target, value) - value;

    /// <summary>target = max(target, value); the old value.</summary>
    public static long Max(ref long target, long value)
    {
        while (true)
        {
            var old = Volatile.Read(ref target);
            if (old >= value || Interlocked.CompareExchange(ref target, value, old) == old) return old;
        }
    }

    /// <summary>target = min(target, value); the old value.</summary>
    public static long Min(ref long target, long value)
    {
        while (true)
        {
            var old = Volatile.Read(ref target);
            if (old <= value || Interlocked.CompareExchange(ref target, value, old) == old) return old;
        }
    }
}
