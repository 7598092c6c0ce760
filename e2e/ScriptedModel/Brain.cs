using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlChat.ScriptedModel;

/// <summary>
/// The built-in script: what the last user message says. <c>SCENARIO:T3:D50</c> makes three calls one after the other and then fifty deltas;
/// <c>FAULT:name</c> misbehaves in a named way; anything else is a plain ask (<see cref="Sentences"/>).
/// </summary>
public static partial class Brain
{
    public static Reply Answer(ModelRequest request, bool obeysInjections)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (obeysInjections && Injections.Next(request) is { } injected) return Reply.Calls(injected);
        var text = request.LastUser;
        if (Scenario().Match(text) is { Success: true } scenario) return RunScenario(request, Number(scenario, 1), Number(scenario, 2));
        if (FaultName().Match(text) is { Success: true } fault && Faults.Find(request, fault.Groups[1].Value) is { } reply) return reply;
        return Sentences.Answer(request);
    }

    private static Reply RunScenario(ModelRequest request, int calls, int deltas)
    {
        var step = request.Results.Count;
        if (step >= calls) return Reply.Of([.. Enumerable.Range(0, deltas).Select(i => new Step.Text($"word{i} "))]);
        if (request.Tools.Count == 0 || request.Tools.Contains("lookup")) return Reply.Call("lookup", new { key = $"k{step}" });
        return request.Tools.Contains("workspace_list") ? Reply.Call("workspace_list", new { limit = 5 + step }) : Reply.Calls(new ScriptedCall(request.Tools[0], "{}"));
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"SCENARIO:T(\d{1,4}):D(\d{1,6})")]
    private static partial Regex Scenario();

    [GeneratedRegex(@"FAULT:([a-z0-9-]+)")]
    private static partial Regex FaultName();
}
