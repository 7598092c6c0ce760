using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace ControlChat.Tests.HouseRules;

/// <summary>A call, and the literals that reach each of its arguments; those of the instance it is called on are not among them.</summary>
internal sealed record LiteralCall(MethodBase To, IReadOnlyList<IReadOnlySet<string>> Arguments);

/// <summary>
/// Follows literals through one method as the machine would run it: over branches, locals, concatenation and interpolation, and out of the
/// methods of the same assembly that return one. Fields and tuples are not followed.
/// </summary>
internal sealed class LiteralFlow
{
    private static readonly HashSet<string> Nothing = [];
    private static readonly Dictionary<MethodBase, LiteralFlow> Known = [];

    /// <param name="Local">The local whose address it is, or -1.</param>
    private sealed record Slot(HashSet<string> Texts, int Local = -1)
    {
        public static readonly Slot Empty = new(Nothing);
    }

    private readonly MethodBase _method;
    private readonly Dictionary<int, List<Slot>> _arriving = [];
    private readonly Dictionary<int, HashSet<string>> _locals = [];
    private readonly List<LiteralCall> _calls = [];
    private readonly HashSet<string> _all = [];
    private readonly HashSet<string> _returned = [];
    private List<Slot> _stack = [];

    private LiteralFlow(MethodBase method) => _method = method;

    /// <summary>Every call, in the order of the code.</summary>
    public IReadOnlyList<LiteralCall> Calls => _calls;

    /// <summary>Every literal, wherever it goes.</summary>
    public IReadOnlySet<string> All => _all;

    public static LiteralFlow Of(MethodBase method)
    {
        if (Known.TryGetValue(method, out var known)) return known;
        // Known before it is read: what calls itself returns nothing new.
        var flow = Known[method] = new LiteralFlow(method);
        flow.Run();
        return flow;
    }

    private void Run()
    {
        foreach (var clause in _method.GetMethodBody()?.ExceptionHandlingClauses ?? [])
        {
            if (clause.Flags is ExceptionHandlingClauseOptions.Finally or ExceptionHandlingClauseOptions.Fault) continue;
            _arriving[clause.HandlerOffset] = [Slot.Empty];
            if (clause.Flags == ExceptionHandlingClauseOptions.Filter) _arriving[clause.FilterOffset] = [Slot.Empty];
        }
        var reached = true;
        foreach (var instruction in Instruction.Of(_method))
        {
            if (_arriving.TryGetValue(instruction.At, out var arriving)) _stack = reached ? Both(_stack, arriving) : [.. arriving];
            else if (!reached) _stack = [];
            Step(instruction);
            foreach (var target in instruction.Targets) _arriving[target] = _arriving.TryGetValue(target, out var before) ? Both(before, _stack) : [.. _stack];
            reached = instruction.Code.FlowControl is not (FlowControl.Branch or FlowControl.Return or FlowControl.Throw);
        }
    }

    private static List<Slot> Both(List<Slot> one, List<Slot> other) =>
        [.. one.Zip(other, (a, b) => new Slot(a.Texts.Count == 0 ? b.Texts : b.Texts.Count == 0 ? a.Texts : [.. a.Texts, .. b.Texts], a.Local))];

    private void Step(Instruction instruction)
    {
        var code = instruction.Code;
        if (code == OpCodes.Ldstr) Load(_method.Module.ResolveString(instruction.Operand));
        else if (code == OpCodes.Call || code == OpCodes.Callvirt || code == OpCodes.Newobj) Call(code, instruction.Operand);
        else if (code == OpCodes.Ret) _returned.UnionWith(Pop().Texts);
        else if (code == OpCodes.Dup) _stack.Add(_stack.Count > 0 ? _stack[^1] : Slot.Empty);
        else if (code == OpCodes.Castclass || code == OpCodes.Box) return;
        else if (LocalOf(instruction) is { } local) Local(code.Name!, local);
        else Other(code);
    }

    private void Load(string text)
    {
        _all.Add(text);
        Push(new Slot([text]));
    }

    private void Other(OpCode code)
    {
        for (var i = Count(code.StackBehaviourPop); i > 0; i--) Pop();
        for (var i = Count(code.StackBehaviourPush); i > 0; i--) Push(Slot.Empty);
    }

    // "Popref_popi_popi" takes three, "Pop0" none; what varies is a call, which is read elsewhere.
    private static int Count(StackBehaviour behaviour) =>
        behaviour is StackBehaviour.Pop0 or StackBehaviour.Push0 or StackBehaviour.Varpop or StackBehaviour.Varpush ? 0 : behaviour.ToString().Split('_').Length;

    private static int? LocalOf(Instruction instruction) =>
        instruction.Code.Name is not { } name || !(name.StartsWith("ldloc", StringComparison.Ordinal) || name.StartsWith("stloc", StringComparison.Ordinal)) ? null
        : char.IsAsciiDigit(name[^1]) ? name[^1] - '0' : instruction.Operand;

    private void Local(string name, int local)
    {
        var texts = _locals.TryGetValue(local, out var known) ? known : _locals[local] = [];
        if (name.StartsWith("stloc", StringComparison.Ordinal)) texts.UnionWith(Pop().Texts);
        else Push(name.StartsWith("ldloca", StringComparison.Ordinal) ? new Slot(Nothing, local) : new Slot([.. texts]));
    }

    private void Call(OpCode code, int token)
    {
        var types = _method.DeclaringType?.GetGenericArguments();
        if (_method.Module.ResolveMethod(token, types, _method.IsGenericMethod ? _method.GetGenericArguments() : null) is not { } target) return;
        var arguments = target.GetParameters().Select(_ => Pop().Texts).Reverse().ToList();
        var instance = code == OpCodes.Newobj || target.IsStatic ? Slot.Empty : Pop();
        _calls.Add(new LiteralCall(target, arguments));
        if (target.DeclaringType == typeof(DefaultInterpolatedStringHandler)) Interpolate(target, instance, arguments);
        else if (code == OpCodes.Newobj || target is MethodInfo { ReturnType: var returned } && returned != typeof(void)) Push(new Slot(Result(target, arguments)));
    }

    private void Interpolate(MethodBase target, Slot handler, List<HashSet<string>> arguments)
    {
        var texts = _locals.TryGetValue(handler.Local, out var known) ? known : _locals[handler.Local] = [];
        if (target.IsConstructor) texts.Clear();
        else if (target.Name == nameof(DefaultInterpolatedStringHandler.ToStringAndClear)) Push(new Slot([.. texts]));
        // What comes after the value is how it is written.
        else texts.UnionWith(arguments[0]);
    }

    private HashSet<string> Result(MethodBase target, List<HashSet<string>> arguments)
    {
        var passes = target.DeclaringType == typeof(string) || target.Name == "TypeCheck" || target.DeclaringType == typeof(Microsoft.AspNetCore.Components.MarkupString);
        if (passes) return [.. arguments.SelectMany(a => a)];
        return target is MethodInfo method && method.ReturnType == typeof(string) && method.Module == _method.Module && !method.ContainsGenericParameters ? Of(method)._returned : Nothing;
    }

    private void Push(Slot slot) => _stack.Add(slot);

    private Slot Pop()
    {
        if (_stack.Count == 0) return Slot.Empty;
        var top = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }
}
