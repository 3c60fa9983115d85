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
    /// <param name="path">The assembly.</param>
    /// <param name="isLookedAt">By its owner; null: all.</param>
    public static IEnumerable<Use> Of(string path, Func<string, bool>? isLookedAt = null)
    {
        using var file = new PEReader(File.OpenRead(path));
        var scan = new Scan(file, file.GetMetadataReader());
        foreach (var handle in scan.Reader.TypeDefinitions)
        {
            var owner = TypeNames.Of(scan.Reader, handle);
            if (isLookedAt is not null && !isLookedAt(owner)) continue;
            foreach (var use in scan.OfType(owner, handle)) yield return use;
        }
    }

    /// <summary>The names of the assemblies that the file refers to.</summary>
    public static IReadOnlyList<string> References(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        return [.. reader.AssemblyReferences.Select(handle => reader.GetString(reader.GetAssemblyReference(handle).Name))];
    }

    /// <summary>One pass over a file: a token means the same wherever it stands, so each is read once.</summary>
    private sealed class Scan(PEReader file, MetadataReader reader)
    {
        private readonly Dictionary<EntityHandle, (string Target, ImmutableArray<string> Types)> resolved = [];

        public MetadataReader Reader => reader;

        public IEnumerable<Use> OfType(string owner, TypeDefinitionHandle handle)
        {
            var type = Reader.GetTypeDefinition(handle);
            yield return new Use(owner, string.Empty, "base", string.Empty, TypeNames.Of(Reader, type.BaseType));
            foreach (var entry in type.GetInterfaceImplementations().Select(Reader.GetInterfaceImplementation))
                yield return new Use(owner, string.Empty, "base", string.Empty, TypeNames.Of(Reader, entry.Interface));
            foreach (var use in Constraints(owner, string.Empty, type.GetGenericParameters())) yield return use;
            foreach (var entry in type.GetFields())
            {
                var field = Reader.GetFieldDefinition(entry);
                yield return new Use(owner, Reader.GetString(field.Name), "field", string.Empty, field.DecodeSignature(TypeNames.Decoder, null));
            }

            foreach (var entry in type.GetMethods())
                foreach (var use in OfMethod(owner, Reader.GetMethodDefinition(entry))) yield return use;
        }

        private IEnumerable<Use> OfMethod(string owner, MethodDefinition method)
        {
            var name = Reader.GetString(method.Name);
            yield return new Use(owner, name, "parameter", string.Empty, Flat(method.DecodeSignature(TypeNames.Decoder, null)));
            foreach (var use in Constraints(owner, name, method.GetGenericParameters())) yield return use;
            if (method.RelativeVirtualAddress == 0) yield break;
            var body = file.GetMethodBody(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil)
            {
                foreach (var local in Reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(TypeNames.Decoder, null))
                    yield return new Use(owner, name, "local", string.Empty, local);
            }

            foreach (var region in body.ExceptionRegions)
                yield return new Use(owner, name, "catch", string.Empty, TypeNames.Of(Reader, region.CatchType));
            foreach (var (code, token, number) in IlStream.Read(body.GetILBytes()!))
            {
                var (target, types) = token.IsNil ? (string.Empty, []) : Resolve(token);
                if (code == OpCodes.Ldstr) target = Reader.GetUserString((UserStringHandle)MetadataTokens.Handle((int)number));
                yield return new Use(owner, name, code.Name!, target, types);
            }
        }

        private IEnumerable<Use> Constraints(string owner, string member, GenericParameterHandleCollection parameters) =>
            from parameter in parameters
            from constraint in Reader.GetGenericParameter(parameter).GetConstraints()
            select new Use(owner, member, "constraint", string.Empty, TypeNames.Of(Reader, Reader.GetGenericParameterConstraint(constraint).Type));

        private (string Target, ImmutableArray<string> Types) Resolve(EntityHandle token)
        {
            if (!resolved.TryGetValue(token, out var known)) resolved.Add(token, known = Read(token));
            return known;
        }

        private (string Target, ImmutableArray<string> Types) Read(EntityHandle token)
        {
            switch (token.Kind)
            {
                case HandleKind.MethodDefinition:
                    var method = Reader.GetMethodDefinition((MethodDefinitionHandle)token);
                    var holder = TypeNames.Of(Reader, method.GetDeclaringType());
                    return ($"{holder}.{Reader.GetString(method.Name)}", [holder, .. Flat(method.DecodeSignature(TypeNames.Decoder, null))]);
                case HandleKind.FieldDefinition:
                    var field = Reader.GetFieldDefinition((FieldDefinitionHandle)token);
                    var fieldHolder = TypeNames.Of(Reader, field.GetDeclaringType());
                    return ($"{fieldHolder}.{Reader.GetString(field.Name)}", [fieldHolder, .. field.DecodeSignature(TypeNames.Decoder, null)]);
                case HandleKind.MemberReference:
                    var member = Reader.GetMemberReference((MemberReferenceHandle)token);
                    var parent = TypeNames.Of(Reader, member.Parent);
                    var signature = member.GetKind() == MemberReferenceKind.Field
                        ? member.DecodeFieldSignature(TypeNames.Decoder, null)
                        : Flat(member.DecodeMethodSignature(TypeNames.Decoder, null));
                    return ($"{parent.FirstOrDefault()}.{Reader.GetString(member.Name)}", [.. parent, .. signature]);
                case HandleKind.MethodSpecification:
                    var generic = Reader.GetMethodSpecification((MethodSpecificationHandle)token);
                    var (target, types) = Resolve(generic.Method);
                    return (target, [.. types, .. generic.DecodeSignature(TypeNames.Decoder, null).SelectMany(names => names)]);
                default:
                    return (string.Empty, TypeNames.Of(Reader, token));
            }
        }

        private static ImmutableArray<string> Flat(MethodSignature<ImmutableArray<string>> signature) =>
            [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(names => names)];
    }
}
