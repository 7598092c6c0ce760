using System.Reflection;
using System.Reflection.Emit;

namespace ControlChat.Tests.HouseRules;

/// <summary>What a piece of compiled code refers to. <c>From</c> is the outermost type that was written by hand.</summary>
internal sealed record CodeReference(Type From, string Where, Type Target, MemberInfo? Member);

/// <summary>Reads the references out of the compiled code itself: no alias, <c>using static</c> or <c>var</c> hides anything.
/// Only inlined constants and <c>nameof</c> leave no trace.</summary>
internal static class CodeReferences
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> _opCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    private static readonly Lazy<IReadOnlyList<CodeReference>> _core = new(() => Of(Assemblies.Core));

    private static readonly Lazy<IReadOnlyList<CodeReference>> _app = new(() => Of(Assemblies.App));

    public static IReadOnlyList<CodeReference> Core => _core.Value;

    public static IReadOnlyList<CodeReference> App => _app.Value;

    public static IReadOnlyList<CodeReference> Of(Assembly assembly) => [.. assembly.GetTypes().SelectMany(Of)];

    public static IEnumerable<CodeReference> Of(Type type)
    {
        var outer = type;
        while (outer.DeclaringType is { } declaring) outer = declaring;
        foreach (var (where, target, member) in Declared(type).Concat(type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).SelectMany(Used)))
        {
            foreach (var part in Parts(target)) yield return new CodeReference(outer, $"{type.FullName}.{where}", part, member);
        }
    }

    private static IEnumerable<(string Where, Type Target, MemberInfo? Member)> Declared(Type type)
    {
        if (type.BaseType is { } parent) yield return ("(base)", parent, null);
        foreach (var contract in type.GetInterfaces()) yield return ("(interface)", contract, null);
        foreach (var field in type.GetFields(All)) yield return (field.Name, field.FieldType, null);
        foreach (var attribute in type.GetCustomAttributesData()) yield return ("(attribute)", attribute.AttributeType, null);
    }

    private static IEnumerable<(string Where, Type Target, MemberInfo? Member)> Used(MethodBase method)
    {
        foreach (var parameter in method.GetParameters()) yield return (method.Name, parameter.ParameterType, null);
        if (method is MethodInfo { ReturnType: { } returned }) yield return (method.Name, returned, null);
        if (method.GetMethodBody() is not { } body) yield break;
        foreach (var local in body.LocalVariables) yield return (method.Name, local.LocalType, null);
        foreach (var clause in body.ExceptionHandlingClauses)
        {
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause && clause.CatchType is { } caught) yield return (method.Name, caught, null);
        }
        foreach (var member in Operands(method, body.GetILAsByteArray()!))
        {
            if (member is Type type) yield return (method.Name, type, null);
            else if (member.DeclaringType is { } owner) yield return (method.Name, owner, member);
            if (member is MethodInfo { IsGenericMethod: true } generic)
            {
                foreach (var argument in generic.GetGenericArguments()) yield return (method.Name, argument, null);
            }
        }
    }

    private static IEnumerable<MemberInfo> Operands(MethodBase method, byte[] il)
    {
        var typeArguments = method.DeclaringType?.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            short value = il[at++];
            if (value == 0xFE) value = (short)(0xFE00 | il[at++]);
            var operand = _opCodes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                if (method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments) is { } member) yield return member;
            }
            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType) return Parts(type.GetElementType()!);
        if (type.IsGenericParameter) return [];
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type) : [type];
    }
}
