using System.Collections.Immutable;

namespace Wage.Tests.Architecture;

/// <summary>What the integer core must not use.</summary>
internal static class Rules
{
    /// <summary>The namespaces, each with what is below it, in which floats are at home. Everything else is the integer domain.</summary>
    public static readonly ImmutableArray<string> FloatDomains = ["Wage.Simulation", "Wage.Gpu.Simulation"];

    /// <summary>The only types of the integer domain that may name one of a float domain: a registry lists what there is.</summary>
    public static readonly ImmutableArray<string> FloatDoors = ["Wage.Schemes.SchemeRegistry"];

    /// <summary>
    /// Where a clock is at home; a float is not. Downloads: network access waits, so it has time-outs, and it computes nothing.
    /// Diagnostics: a backend is measured from outside and its results pass through untouched; nothing else in the core refers to it.
    /// </summary>
    public static readonly ImmutableArray<string> ClockDomains = ["Wage.Downloads", "Wage.Diagnostics"];

    private static readonly HashSet<string> FloatOpcodes =
    [
        "ldc.r4", "ldc.r8", "conv.r4", "conv.r8", "conv.r.un", "ldelem.r4", "ldelem.r8", "stelem.r4", "stelem.r8",
        "ldind.r4", "ldind.r8", "stind.r4", "stind.r8", "ckfinite",
    ];

    private static readonly HashSet<string> FloatTypes =
    [
        "System.Single", "System.Double", "System.Half", "System.Decimal", "System.Runtime.InteropServices.NFloat", "System.Numerics.BFloat16",
        "System.Numerics.Complex", "System.Numerics.Vector2", "System.Numerics.Vector3", "System.Numerics.Vector4", "System.Numerics.Quaternion",
        "System.Numerics.Matrix3x2", "System.Numerics.Matrix4x4", "System.Numerics.Plane",
    ];

    private static readonly HashSet<string> ClockTypes =
    [
        "System.DateTime", "System.DateTimeOffset", "System.DateOnly", "System.TimeOnly", "System.TimeSpan", "System.TimeProvider",
        "System.Diagnostics.Stopwatch",
    ];

    private static readonly HashSet<string> RandomTypes =
        ["System.Random", "System.Guid", "System.Security.Cryptography.RandomNumberGenerator"];

    private static readonly HashSet<string> HiddenStateMembers =
    [
        "System.Environment.get_TickCount", "System.Environment.get_TickCount64", "System.Environment.get_CurrentManagedThreadId",
        "System.Threading.Thread.get_ManagedThreadId", "System.Threading.Thread.GetCurrentProcessorId",
    ];

    private static readonly string[] DeviceReads = ["CopyToCPU", "GetAs"];

    /// <summary>A float instruction, or any mention of a floating-point or decimal type.</summary>
    public static bool IsFloat(Use use) => FloatOpcodes.Contains(use.Kind) || use.Types.Any(IsFloatType);

    /// <summary>A mention of a float domain from the integer domain, but for its doors: integers would pass through floats unseen.</summary>
    public static bool EntersFloats(Use use) =>
        !IsInFloats(use.Owner) && !FloatDoors.Any(door => use.Owner == door || IsIn(use.Owner, door))
        && (IsInFloats(use.Target) || use.Types.Any(IsInFloats));

    /// <summary>A clock, a thread's number or a library's random generator: what makes two runs differ.</summary>
    public static bool IsHiddenState(Use use) =>
        (HiddenStateMembers.Contains(use.Target) && !IsIteratorPlumbing(use))
        || use.Types.Any(type => ClockTypes.Contains(type) || RandomTypes.Contains(type));

    /// <summary>A test or a cast to one of these types.</summary>
    public static bool IsTypeTest(Use use, IReadOnlySet<string> types) => use.Kind is "isinst" or "castclass" && use.Types.Any(types.Contains);

    /// <summary>A mention of one of these types, or of a member.</summary>
    public static bool Names(Use use, IReadOnlySet<string> types) => use.Types.Any(types.Contains) || types.Any(type => IsIn(use.Target, type));

    /// <summary>An object of one of these types is made.</summary>
    public static bool IsConstruction(Use use, IReadOnlySet<string> types) =>
        use.Kind == "newobj" && use.Target.EndsWith("..ctor", StringComparison.Ordinal) && types.Contains(use.Target[..^6]);

    /// <summary>A mention of the measuring side, from outside it.</summary>
    public static bool IsDiagnostics(Use use) =>
        !IsIn(use.Owner, "Wage.Diagnostics") && (IsIn(use.Target, "Wage.Diagnostics") || use.Types.Any(type => IsIn(type, "Wage.Diagnostics")));

    /// <summary>A copy from a device's memory to the host's.</summary>
    public static bool ReadsDevice(Use use) =>
        use.Target.StartsWith("ILGPU.", StringComparison.Ordinal)
        && DeviceReads.Any(method => use.Target[(use.Target.LastIndexOf('.') + 1)..].StartsWith(method, StringComparison.Ordinal));

    public static bool IsIn(string owner, string space) => owner.StartsWith(space + ".", StringComparison.Ordinal);

    /// <summary>Every float and every clock in the integer domain of an assembly, "Type.Method: what".</summary>
    public static IEnumerable<string> Floats(string assembly, Func<string, bool> covers) =>
        AssemblyScan.Of(assembly, owner => covers(owner) && !IsInFloats(owner))
            .Where(use => IsFloat(use) || (use.Types.Any(ClockTypes.Contains) && !ClockDomains.Any(space => IsIn(use.Owner, space))))
            .Select(use => use.ToString())
            .Distinct();

    /// <summary>The compiler's iterators ask for the thread in order to reuse themselves; the sequence does not depend on it.</summary>
    private static bool IsIteratorPlumbing(Use use) =>
        use.Owner.Contains(">d__", StringComparison.Ordinal)
        && (use.Member == ".ctor" || use.Member.EndsWith(".GetEnumerator", StringComparison.Ordinal));

    private static bool IsInFloats(string name) => FloatDomains.Any(space => IsIn(name, space));

    private static bool IsFloatType(string type) =>
        FloatTypes.Contains(type) || type.StartsWith("System.Numerics.IFloatingPoint", StringComparison.Ordinal);
}
