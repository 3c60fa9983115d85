using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Wage.Tests.Architecture;

/// <summary>The instructions of a method body, each with its metadata token or its number (a constant, a variable, a text's place) if any.</summary>
internal static class IlStream
{
    private static readonly Dictionary<int, OpCode> Table = typeof(OpCodes).GetFields()
        .Where(field => field.FieldType == typeof(OpCode))
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    public static IEnumerable<(OpCode Code, EntityHandle Token, long Value)> Read(byte[] il)
    {
        var at = 0;
        while (at < il.Length)
        {
            int value = il[at++];
            if (value == 0xFE) value = 0xFE00 | il[at++];
            var code = Table[value];
            var (token, number) = (default(EntityHandle), 0L);
            var isToken = code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok
                or OperandType.InlineType or OperandType.InlineSig;
            if (isToken) token = MetadataTokens.EntityHandle(BitConverter.ToInt32(il, at));
            else number = Number(code, il, at);
            at += code.OperandType == OperandType.InlineSwitch ? 4 + (4 * BitConverter.ToInt32(il, at)) : OperandBytes(code.OperandType);
            yield return (code, token, number);
        }
    }

    private static long Number(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.ShortInlineVar => il[at],
        OperandType.InlineVar => BitConverter.ToInt16(il, at),
        OperandType.ShortInlineI => (sbyte)il[at],
        OperandType.InlineI or OperandType.InlineString => BitConverter.ToInt32(il, at),
        OperandType.InlineI8 => BitConverter.ToInt64(il, at),
        _ => code.Name![^1] is >= '0' and <= '8' && code.Name.Contains('.') ? code.Name[^1] - '0' : code.Name == "ldc.i4.m1" ? -1 : 0,
    };

    private static int OperandBytes(OperandType type) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
