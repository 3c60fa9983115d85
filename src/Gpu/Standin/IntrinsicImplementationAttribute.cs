namespace ILGPU.IR.Intrinsics;

/// <summary>Stand-in: marks a method that a device replaces by an instruction of its own; here its body runs.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class IntrinsicImplementationAttribute : Attribute;
