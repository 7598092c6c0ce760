using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>Facts and rules by chance, from few names, so that many of them meet. The same seed gives the same ones.</summary>
internal sealed class RandomFacts(int seed)
{
    private static readonly string[] _tools = ["note.set", "note.drop", "a.b", "plan.batch", "undo"];
    private static readonly string[] _values = ["ws_1", "ws_10", "ws_2", "x", ""];
    private static readonly string[] _decisions = ["confirm", "confirm_recent", "second_person"];
    private uint _state = (uint)seed;

    public int Number(int below)
    {
        // A linear congruence is enough for a test, and says the same on every machine.
        _state = _state * 1_664_525 + 1_013_904_223;
        return (int)((_state >> 8) % (uint)below);
    }

    public T One<T>(params IReadOnlyList<T> of) => of[Number(of.Count)];

    public PolicyFacts Facts()
    {
        var whole = Part();
        if (whole.Tool != "plan.batch") return Of(whole, [.. Enumerable.Range(0, Number(3)).Select(_ => Part())]);
        var steps = Enumerable.Range(0, 1 + Number(4)).Select(_ => Part()).ToList();
        var arguments = new JsonObject { ["steps"] = new JsonArray([.. steps.Select(s => (JsonNode)new JsonObject { ["tool"] = s.Tool, ["arguments"] = s.Arguments.DeepClone() })]) };
        return Of(new PlanPart("plan.batch", steps.Max(s => s.Scope), arguments), [.. steps, .. Enumerable.Range(0, Number(2)).Select(_ => Part())]);
    }

    public PolicyRules Rules(int count) => new(1, [.. Enumerable.Range(0, count).Select(_ => Rule())],
        Number(3) == 0 ? new Dictionary<string, string> { [One(_tools)] = One(_decisions) } : [], Number(3) == 0 ? new Dictionary<string, string> { ["billing"] = One(_decisions) } : []);

    public PolicyRule Rule() => new($"rul_{Number(1_000_000)}", One(_decisions))
    {
        Tool = One<string?>([null, .. _tools]),
        Scope = One<string?>(null, null, "write", "billing", "destructive"),
        Role = One<string?>(null, null, "admin", "member"),
        ByToken = One<bool?>(null, null, true, false),
        Argument = Number(2) == 0 ? null : new ArgumentCondition(One("id", "workspace_id"), One("equals", "prefix", "one_of"), [One(_values)]),
    };

    private PlanPart Part() => new(One(_tools), One(ToolScope.Write, ToolScope.Billing, ToolScope.Destructive),
        new JsonObject { ["id"] = One(_values), ["workspace_id"] = Number(3) == 0 ? null : JsonValue.Create(One(_values)), ["count"] = Number(9) });

    private PolicyFacts Of(PlanPart whole, IReadOnlyList<PlanPart> parts) =>
        new(whole, parts, Number(4) == 0, Number(4) == 0, Number(4) == 0, One("admin", "member"), Number(3) == 0);
}
