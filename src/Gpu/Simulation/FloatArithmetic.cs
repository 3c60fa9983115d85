using System.Reflection;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace Wage.Gpu.Simulation;

/// <summary>The one operation of float32 kernels: written a * b + c, a compiler may round once or twice, as it likes.</summary>
internal static class FloatArithmetic
{
    /// <summary>a b + sum, rounded once on every device. A sum of two numbers is that with b = 1.</summary>
    [IntrinsicImplementation]
    public static float MultiplyAdd(float a, float b, float sum) => MathF.FusedMultiplyAdd(a, b, sum);

    /// <summary>Makes it known to a context.</summary>
    public static Context.Builder FloatInstructions(this Context.Builder builder)
    {
        var manager = builder.GetIntrinsicManager();
        var method = Method(nameof(MultiplyAdd));
        manager.RegisterMethod(method, new PTXIntrinsic(Method(nameof(Ptx)), IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(method, new CLIntrinsic(Method(nameof(OpenCl)), IntrinsicImplementationMode.GenerateCode));
        return builder;
    }

    private static MethodInfo Method(string name) =>
        typeof(FloatArithmetic).GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;

#pragma warning disable IDE0060 // Every handler takes the same three arguments.
    private static void Ptx(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("fma.rn.f32");
        command.AppendArgument(generator.AllocateHardware(value));
        for (var i = 0; i < 3; i++) command.AppendArgument(generator.LoadPrimitive(value[i]));
    }

    private static void OpenCl(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        using var statement = generator.BeginStatement(generator.Allocate(value));
        statement.AppendCommand("fma");
        statement.BeginArguments();
        for (var i = 0; i < 3; i++) statement.AppendArgument(generator.Load(value[i]));
        statement.EndArguments();
    }
#pragma warning restore IDE0060
}
