using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime.Cuda;
using Wage.Gpu.TensorCores;

namespace Wage.Gpu.Cuda;

/// <summary>What the methods of <see cref="TensorCore"/> become in PTX: one instruction each, between registers.</summary>
internal static class TensorCoreInstructions
{
    /// <summary>Makes them known to a context.</summary>
    public static Context.Builder TensorCores(this Context.Builder builder)
    {
        var manager = builder.GetIntrinsicManager();
        foreach (var method in Methods(typeof(TensorCore)).Concat(Methods(typeof(GenericAddress))))
        {
            if (!method.IsDefined(typeof(IntrinsicImplementationAttribute))) continue;
            var intrinsic = Methods(typeof(GenericAddress)).FirstOrDefault(m => m.Name == method.Name && m != method) is { } kernelCode
                ? new PTXIntrinsic(kernelCode, IntrinsicImplementationMode.Redirect, CudaArchitecture.SM_80)
                : new PTXIntrinsic(
                    Methods(typeof(TensorCoreInstructions)).Single(m => m.Name == method.Name),
                    IntrinsicImplementationMode.GenerateCode, CudaArchitecture.SM_80);
            manager.RegisterMethod(method, intrinsic);
        }

        return builder;
    }

    private static MethodInfo[] Methods(Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly);

#pragma warning disable IDE0051, IDE0060, RCS1213 // Found by their names; every handler takes the same three arguments.
    private static void ToShared(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var wide = generator.AllocateRegister(BasicValueType.Int64, PTXRegisterKind.Int64);
        using (var command = generator.BeginCommand("cvta.to.shared.u64"))
        {
            command.AppendArgument(wide);
            command.AppendArgument(Hardware(generator, value[0]));
        }

        using (var command = generator.BeginCommand("cvt.u32.u64"))
        {
            command.AppendArgument(generator.AllocateHardware(value));
            command.AppendArgument(wide);
        }

        generator.FreeRegister(wide);
    }

    private static void ToGlobal(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("cvta.to.global.u64");
        command.AppendArgument(generator.AllocateHardware(value));
        command.AppendArgument(Hardware(generator, value[0]));
    }

    private static void CopyAsync(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("cp.async.cg.shared.global");
        command.AppendArgumentValue(Hardware(generator, value[0]));
        command.AppendArgumentValue(Hardware(generator, value[1]));
        command.AppendConstant(TensorCore.Segment);
        command.AppendArgument(generator.LoadPrimitive(value[2]));
    }

    private static void CommitCopies(PTXBackend backend, PTXCodeGenerator generator, Value value) => generator.Command("cp.async.commit_group");

    private static void WaitForAllButOneGroup(PTXBackend backend, PTXCodeGenerator generator, Value value) => Wait(generator, 1);

    private static void WaitForAllGroups(PTXBackend backend, PTXCodeGenerator generator, Value value) => Wait(generator, 0);

    private static void LoadMatrices(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        Load(generator, value, "ldmatrix.sync.aligned.m8n8.x4.shared.b16");

    private static void LoadMatricesTransposed(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        Load(generator, value, "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16");

    private static void LoadShared(PTXBackend backend, PTXCodeGenerator generator, Value value) => Load(generator, value, "ld.shared.v4.b32");

    private static void MultiplyAccumulate(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32");
        command.AppendVectorArgument(Four(generator.Allocate(value)));
        command.AppendVectorArgument(Four(generator.Load(value[1])));
        command.AppendVectorArgument([generator.LoadPrimitive(value[2]), generator.LoadPrimitive(value[3])]);
        command.AppendVectorArgument(Four(generator.Load(value[0])));
    }

    private static void Permute(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("prmt.b32");
        command.AppendArgument(generator.AllocateHardware(value));
        for (var i = 0; i < 3; i++) command.AppendArgument(generator.LoadPrimitive(value[i]));
    }

    private static void StoreSharedPair(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        var half = generator.AllocateRegister(BasicValueType.Int16, PTXRegisterKind.Int16);
        using (var command = generator.BeginCommand("cvt.u16.u32"))
        {
            command.AppendArgument(half);
            command.AppendArgument(Hardware(generator, value[1]));
        }

        using (var command = generator.BeginCommand("st.shared.b16"))
        {
            command.AppendArgumentValue(Hardware(generator, value[0]));
            command.AppendArgument(half);
        }

        generator.FreeRegister(half);
    }

    private static void StoreGlobal(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("st.global.v4.b32");
        command.AppendArgumentValue(Hardware(generator, value[0]));
        command.AppendVectorArgument(Four(generator.Load(value[1])));
    }

    private static void StoreGlobalPair(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("st.global.v2.b32");
        command.AppendArgumentValue(Hardware(generator, value[0]));
        command.AppendVectorArgument([generator.LoadPrimitive(value[1]), generator.LoadPrimitive(value[2])]);
    }

    private static void AddGlobal(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        using var command = generator.BeginCommand("red.global.add.s32");
        command.AppendArgumentValue(Hardware(generator, value[0]));
        command.AppendArgument(generator.LoadPrimitive(value[1]));
    }
#pragma warning restore IDE0051, IDE0060, RCS1213

    private static void Wait(PTXCodeGenerator generator, int newest)
    {
        using var command = generator.BeginCommand("cp.async.wait_group");
        command.AppendConstant(newest);
    }

    private static void Load(PTXCodeGenerator generator, Value value, string instruction)
    {
        var target = Four(generator.Allocate(value));
        using var command = generator.BeginCommand(instruction);
        command.AppendVectorArgument(target);
        command.AppendArgumentValue(Hardware(generator, value[0]));
    }

    private static PTXCodeGenerator.PrimitiveRegister[] Four(PTXCodeGenerator.Register register) =>
        ((PTXCodeGenerator.CompoundRegister)register).SliceAs<PTXCodeGenerator.PrimitiveRegister>(0, 4);

    private static PTXCodeGenerator.HardwareRegister Hardware(PTXCodeGenerator generator, Value value) => generator.LoadHardware(value);
}
