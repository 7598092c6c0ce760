using System.Reflection;
using System.Reflection.Emit;

namespace ControlChat.Tests.HouseRules;

/// <summary>One instruction of compiled code.</summary>
/// <param name="At">Where it begins, in bytes.</param>
/// <param name="Next">Where the one after it begins.</param>
/// <param name="Operand">Its operand where that is of one to four bytes: a token, a number, the index of a local, the distance of a jump.</param>
/// <param name="Targets">Where it may jump to.</param>
internal sealed record Instruction(OpCode Code, int At, int Next, int Operand, IReadOnlyList<int> Targets)
{
    private static readonly Dictionary<short, OpCode> _opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    public static IReadOnlyList<Instruction> Of(MethodBase method) => method.GetMethodBody()?.GetILAsByteArray() is { } il ? [.. Of(il)] : [];

    private static IEnumerable<Instruction> Of(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var begin = at;
            short value = il[at++];
            if (value == 0xFE) value = (short)(0xFE00 | il[at++]);
            var code = _opCodes[value];
            var next = at + Size(code.OperandType, il, at);
            var operand = Read(code.OperandType, il, at);
            yield return new Instruction(code, begin, next, operand, Jumps(code.OperandType, il, at, next, operand));
            at = next;
        }
    }

    private static int Size(OperandType operand, byte[] il, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
        _ => 4,
    };

    private static int Read(OperandType operand, byte[] il, int at) => operand switch
    {
        OperandType.InlineNone or OperandType.InlineI8 or OperandType.InlineR => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI => (sbyte)il[at],
        OperandType.ShortInlineVar => il[at],
        OperandType.InlineVar => BitConverter.ToUInt16(il, at),
        _ => BitConverter.ToInt32(il, at),
    };

    private static IReadOnlyList<int> Jumps(OperandType kind, byte[] il, int at, int next, int operand) => kind switch
    {
        OperandType.ShortInlineBrTarget or OperandType.InlineBrTarget => [next + operand],
        OperandType.InlineSwitch => [.. Enumerable.Range(1, operand).Select(i => next + BitConverter.ToInt32(il, at + 4 * i))],
        _ => [],
    };
}
