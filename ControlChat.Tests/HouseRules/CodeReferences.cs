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
        foreach (var member in Operands(method))
        {
            if (member is Type type) yield return (method.Name, type, null);
            else if (member.DeclaringType is { } owner) yield return (method.Name, owner, member);
            if (member is MethodInfo { IsGenericMethod: true } generic)
            {
                foreach (var argument in generic.GetGenericArguments()) yield return (method.Name, argument, null);
            }
        }
    }

    private static IEnumerable<MemberInfo> Operands(MethodBase method)
    {
        var typeArguments = method.DeclaringType?.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var instruction in Instruction.Of(method))
        {
            if (instruction.Code.OperandType is not (OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)) continue;
            if (method.Module.ResolveMember(instruction.Operand, typeArguments, methodArguments) is { } member) yield return member;
        }
    }

    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType) return Parts(type.GetElementType()!);
        if (type.IsGenericParameter) return [];
        return type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Prepend(type) : [type];
    }
}
