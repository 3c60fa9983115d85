using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Wage.Tests.Architecture;

/// <summary>One thing that compiled code uses.</summary>
/// <param name="Owner">The type, with its namespace; a nested one after its outer types, joined by dots.</param>
/// <param name="Member">The method or field; empty for the type itself.</param>
/// <param name="Kind">An opcode, or "local", "field", "parameter", "base".</param>
/// <param name="Target">The member called or read, "" where there is none: "System.Math.Sqrt"; the text of an "ldstr".</param>
/// <param name="Types">Every type mentioned.</param>
internal sealed record Use(string Owner, string Member, string Kind, string Target, ImmutableArray<string> Types)
{
    public override string ToString() =>
        $"{Owner}{(Member.Length == 0 ? string.Empty : "." + Member)}: {Kind} {(Target.Length == 0 ? string.Join(' ', Types) : Target)}".TrimEnd();
}

/// <summary>Everything that the types of an assembly use, read from the compiled file.</summary>
internal static class AssemblyScan
{
    public static IEnumerable<Use> Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        foreach (var handle in reader.TypeDefinitions)
            foreach (var use in OfType(file, reader, handle)) yield return use;
    }

    /// <summary>The names of the assemblies that the file refers to.</summary>
    public static IReadOnlyList<string> References(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        return [.. reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))];
    }

    private static IEnumerable<Use> OfType(PEReader file, MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var owner = TypeNames.Of(reader, handle);
        yield return new Use(owner, string.Empty, "base", string.Empty, TypeNames.Of(reader, type.BaseType));
        foreach (var entry in type.GetInterfaceImplementations())
            yield return new Use(owner, string.Empty, "base", string.Empty, TypeNames.Of(reader, reader.GetInterfaceImplementation(entry).Interface));
        foreach (var use in Constraints(reader, owner, string.Empty, type.GetGenericParameters())) yield return use;
        foreach (var entry in type.GetFields())
        {
            var field = reader.GetFieldDefinition(entry);
            yield return new Use(owner, reader.GetString(field.Name), "field", string.Empty, field.DecodeSignature(TypeNames.Decoder, null));
        }

        foreach (var entry in type.GetMethods())
            foreach (var use in OfMethod(file, reader, owner, reader.GetMethodDefinition(entry))) yield return use;
    }

    private static IEnumerable<Use> OfMethod(PEReader file, MetadataReader reader, string owner, MethodDefinition method)
    {
        var name = reader.GetString(method.Name);
        yield return new Use(owner, name, "parameter", string.Empty, Flat(method.DecodeSignature(TypeNames.Decoder, null)));
        foreach (var use in Constraints(reader, owner, name, method.GetGenericParameters())) yield return use;
        if (method.RelativeVirtualAddress == 0) yield break;
        var body = file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            foreach (var local in reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(TypeNames.Decoder, null))
                yield return new Use(owner, name, "local", string.Empty, local);
        }

        foreach (var region in body.ExceptionRegions)
            yield return new Use(owner, name, "catch", string.Empty, TypeNames.Of(reader, region.CatchType));
        foreach (var (code, token, number) in IlStream.Read(body.GetILBytes()!))
        {
            var (target, types) = token.IsNil ? (string.Empty, []) : Resolve(reader, token);
            if (code == OpCodes.Ldstr) target = reader.GetUserString((UserStringHandle)MetadataTokens.Handle((int)number));
            yield return new Use(owner, name, code.Name!, target, types);
        }
    }

    private static IEnumerable<Use> Constraints(MetadataReader reader, string owner, string member, GenericParameterHandleCollection parameters) =>
        from parameter in parameters
        from constraint in reader.GetGenericParameter(parameter).GetConstraints()
        select new Use(owner, member, "constraint", string.Empty, TypeNames.Of(reader, reader.GetGenericParameterConstraint(constraint).Type));

    private static (string Target, ImmutableArray<string> Types) Resolve(MetadataReader reader, EntityHandle token)
    {
        switch (token.Kind)
        {
            case HandleKind.MethodDefinition:
                var method = reader.GetMethodDefinition((MethodDefinitionHandle)token);
                var holder = TypeNames.Of(reader, method.GetDeclaringType());
                return ($"{holder}.{reader.GetString(method.Name)}", [holder, .. Flat(method.DecodeSignature(TypeNames.Decoder, null))]);
            case HandleKind.FieldDefinition:
                var field = reader.GetFieldDefinition((FieldDefinitionHandle)token);
                var fieldHolder = TypeNames.Of(reader, field.GetDeclaringType());
                return ($"{fieldHolder}.{reader.GetString(field.Name)}", [fieldHolder, .. field.DecodeSignature(TypeNames.Decoder, null)]);
            case HandleKind.MemberReference:
                var member = reader.GetMemberReference((MemberReferenceHandle)token);
                var parent = TypeNames.Of(reader, member.Parent);
                var signature = member.GetKind() == MemberReferenceKind.Field
                    ? member.DecodeFieldSignature(TypeNames.Decoder, null)
                    : Flat(member.DecodeMethodSignature(TypeNames.Decoder, null));
                return ($"{parent.FirstOrDefault()}.{reader.GetString(member.Name)}", [.. parent, .. signature]);
            case HandleKind.MethodSpecification:
                var generic = reader.GetMethodSpecification((MethodSpecificationHandle)token);
                var (target, types) = Resolve(reader, generic.Method);
                return (target, [.. types, .. generic.DecodeSignature(TypeNames.Decoder, null).SelectMany(names => names)]);
            default:
                return (string.Empty, TypeNames.Of(reader, token));
        }
    }

    private static ImmutableArray<string> Flat(MethodSignature<ImmutableArray<string>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(names => names)];
}
