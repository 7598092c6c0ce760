using ControlChat.Core.Gate.Policies;

namespace ControlChat.App.Policies;

/// <summary>A rule while it is being filled in.</summary>
public sealed class RuleDraft
{
    private string _id = "";

    public string Tool { get; set; } = "";
    public string Scope { get; set; } = "";
    public string Role { get; set; } = "";
    public string Door { get; set; } = "";
    public string Argument { get; set; } = "";
    public string Is { get; set; } = "equals";

    /// <summary>One a line.</summary>
    public string Values { get; set; } = "";
    public string Decision { get; set; } = "confirm";
    public string Note { get; set; } = "";

    public bool IsNew { get; private init; }

    public static RuleDraft New(string id) => new() { _id = id, IsNew = true };

    public static RuleDraft Of(PolicyRule rule) => new()
    {
        _id = rule.Id,
        Tool = rule.Tool ?? "",
        Scope = rule.Scope ?? "",
        Role = rule.Role ?? "",
        Door = rule.ByToken switch { true => "token", false => "person", null => "" },
        Argument = rule.Argument?.Argument ?? "",
        Is = rule.Argument?.Is ?? "equals",
        Values = string.Join('\n', rule.Argument?.Values ?? []),
        Decision = rule.Decision,
        Note = rule.Note,
    };

    public PolicyRule Rule => new(_id, Decision)
    {
        Tool = Some(Tool),
        Scope = Some(Scope),
        Role = Some(Role),
        ByToken = Door switch { "token" => true, "person" => false, _ => null },
        Argument = Argument.Length == 0 ? null : new ArgumentCondition(Argument, Is, [.. Values.Split('\n').Select(v => v.TrimEnd('\r')).Where((v, i) => v.Length > 0 || i == 0)]),
        Note = Note.Trim(),
    };

    private static string? Some(string text) => text.Length == 0 ? null : text;
}
