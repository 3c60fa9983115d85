using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata.Ecma335;
using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Wage.Tests.Architecture;

/// <summary>
/// Reads what kernels reach, call by call, for arithmetic that a device may compile to something else than the host runs:
/// a sum, difference, product or sign that is not checked, so that the compiler takes it for a signed one; a division or remainder by a constant
/// power of two, which becomes a shift that rounds down; and methods of the base library that nobody has looked into, such as Math.Abs.
/// </summary>
internal sealed class KernelScan
{
    private static readonly string[] Unchecked = ["add", "sub", "mul", "neg"];
    private static readonly string[] Divisions = ["div", "div.un", "rem", "rem.un"];

    /// <summary>Methods of the base library that ILGPU replaces by instructions without an end where they fail.</summary>
    private static readonly string[] Known =
    [
        "System.Math.Min", "System.Math.Max", "System.Numerics.BitOperations.LeadingZeroCount", "System.Numerics.BitOperations.TrailingZeroCount",
        "System.ValueTuple", "System.Object..ctor",
    ];

    /// <summary>What is not checked, with the bound that makes it right.</summary>
    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["Wage.Numbers.Wrapping.Add: add"] = "two terms below 2^32",
        ["Wage.Numbers.Wrapping.HighProduct: add"] = "three terms below 2^32, twice",
    };

    /// <summary>The CPU engine's vectors, which implement interfaces of kernels too; a kernel that named one would be found by the call.</summary>
    private const string HostNamespace = "Wage.Backends.Host";

    private readonly Dictionary<(Module, int), MethodBase> reached = [];
    private readonly List<string> faults = [];
    private readonly Queue<MethodBase> waiting = new();
    private readonly HashSet<Assembly> assemblies;

    /// <summary>Reads the methods, and what they call in these assemblies.</summary>
    public KernelScan(IEnumerable<MethodBase> kernels, params Assembly[] assemblies)
    {
        this.assemblies = [.. assemblies];
        foreach (var kernel in kernels) Reach(kernel);
        while (waiting.TryDequeue(out var method)) Read(method);
    }

    /// <summary>What was found: "Type.Method: instruction".</summary>
    public IReadOnlyList<string> Faults => faults;

    /// <summary>The methods read: "Type.Method".</summary>
    public IEnumerable<string> Reached => reached.Values.Select(Name).Order();

    /// <summary>Whether the method was read, of whatever type arguments.</summary>
    public bool Has(MethodBase method) => reached.ContainsKey((method.Module, method.MetadataToken));

    /// <summary>What can be launched: public static methods without a result that take device memory.</summary>
    public static IEnumerable<MethodBase> Kernels(Assembly assembly) =>
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where method.ReturnType == typeof(void) && !IsInstruction(method) && method.GetParameters().Any(p => IsMemory(p.ParameterType))
        select method;

    /// <summary>Memory of a device, or a struct with some.</summary>
    private static bool IsMemory(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>)
        || (type.IsValueType && !type.IsPrimitive && Fields(type).Any(field => field.FieldType != type && IsMemory(field.FieldType)));

    private static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static bool IsInstruction(MethodBase method) => method.IsDefined(typeof(IntrinsicImplementationAttribute));

    private static bool IsUnknown(MethodBase method) =>
        method.Name == nameof(IntrinsicMath.Abs) || (Name(method).StartsWith("System.") && !Known.Any(Name(method).StartsWith));

    private static string Name(MethodBase method) => $"{method.DeclaringType!.FullName!.Replace('+', '.')}.{method.Name}";

    /// <summary>The method, or where it is an interface's, every method that may be meant.</summary>
    private void Reach(MethodBase method)
    {
        foreach (var target in Targets(method).Where(target => !IsInstruction(target)))
            if (reached.TryAdd((target.Module, target.MetadataToken), target)) waiting.Enqueue(target);
    }

    private IEnumerable<MethodBase> Targets(MethodBase method)
    {
        var definition = method.Module.ResolveMethod(method.MetadataToken)!;
        if (!definition.DeclaringType!.IsInterface) return [definition];
        var named = definition.DeclaringType.Name;
        return
            from type in assemblies.SelectMany(assembly => assembly.GetTypes())
            where !type.IsInterface && type.Namespace != HostNamespace
                && type.GetInterfaces().Any(one => one.Name == named && one.Module == definition.Module)
            from candidate in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            where candidate.Name == definition.Name || candidate.Name.EndsWith('.' + definition.Name)
            select candidate;
    }

    private void Read(MethodBase method)
    {
        var il = method.GetMethodBody()?.GetILAsByteArray();
        if (il is null) return;
        (OpCode Code, MethodBase? Call, long Value)[] body =
        [
            .. IlStream.Read(il).Select(one => (
                one.Code, one.Code.OperandType == OperandType.InlineMethod ? Resolve(method, MetadataTokens.GetToken(one.Token)) : null, one.Value)),
        ];
        for (var i = 0; i < body.Length; i++)
        {
            var (code, call, _) = body[i];
            if (Unchecked.Contains(code.Name) && !Allowed.ContainsKey($"{Name(method)}: {code.Name}")) faults.Add($"{Name(method)}: {code.Name}");
            if (Divisions.Contains(code.Name) && IsPowerOfTwo(body, i - 1)) faults.Add($"{Name(method)}: {code.Name} by a power of two");
            if (call is null) continue;
            if (assemblies.Contains(call.Module.Assembly)) Reach(call);
            else if (IsUnknown(call)) faults.Add($"{Name(method)}: calls {Name(call)}");
        }
    }

    /// <summary>Whether instruction i leaves a constant power of two above 1: itself, in a variable, or as the whole of a method.</summary>
    private bool IsPowerOfTwo((OpCode Code, MethodBase? Call, long Value)[] body, int i)
    {
        while (i >= 0 && (body[i].Code.Name!.StartsWith("conv.") || body[i].Code == OpCodes.Nop)) i--;
        if (i < 0) return false;
        var (name, value) = (body[i].Code.Name!, body[i].Value);
        if (name.StartsWith("ldc.i")) return value > 1 && BitOperations.IsPow2(value);
        if (name.StartsWith("ldloc"))
        {
            var stores = Enumerable.Range(1, body.Length - 1).Where(j => body[j].Code.Name!.StartsWith("stloc") && body[j].Value == value);
            return stores.Any(j => IsPowerOfTwo(body, j - 1));
        }

        return body[i].Call is { } call && assemblies.Contains(call.Module.Assembly) && Targets(call).Any(IsPowerOfTwo);
    }

    private bool IsPowerOfTwo(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } il) return false;
        (OpCode Code, MethodBase? Call, long Value)[] body = [.. IlStream.Read(il).Select(one => (one.Code, (MethodBase?)null, one.Value))];
        return body[0].Code.Name!.StartsWith("ldc.i") && body[^1].Code == OpCodes.Ret && body.Length <= 3 && IsPowerOfTwo(body, body.Length - 2);
    }

    private static MethodBase? Resolve(MethodBase method, int token) => method.Module.ResolveMethod(
        token, method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
}
