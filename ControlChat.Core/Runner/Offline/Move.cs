using System.Text.Json.Nodes;

namespace ControlChat.Core.Runner.Offline;

/// <summary>What the planner does about one message.</summary>
internal abstract record Move
{
    private Move() { }

    public sealed record Call(params IReadOnlyList<PlannedCall> Calls) : Move;

    /// <summary>Looks the latest action up first, then undoes it.</summary>
    public sealed record UndoLast : Move;

    public sealed record Help : Move;

    /// <summary>Answers without doing anything; our own Markdown.</summary>
    public sealed record Say(string Markdown) : Move;

    public static Move Of(string tool, JsonObject arguments) => new Call(new PlannedCall(tool, arguments));

    /// <summary>One call as it is, several as one plan.</summary>
    public static Move Together(IReadOnlyList<PlannedCall> calls) => calls.Count == 1 ? new Call(calls[0]) : Batch(calls);

    public static Move Batch(IReadOnlyList<PlannedCall> calls) => Of("plan.batch", new JsonObject
    {
        ["steps"] = new JsonArray([.. calls.Select(c => new JsonObject { ["tool"] = c.Tool, ["arguments"] = c.Arguments.DeepClone() })]),
    });
}

internal sealed record PlannedCall(string Tool, JsonObject Arguments)
{
    public static PlannedCall On(string tool, string workspace) => new(tool, new JsonObject { ["workspace_id"] = workspace });

    public static PlannedCall Rename(string workspace, string title) => new("workspace.rename", new JsonObject { ["workspace_id"] = workspace, ["title"] = title });

    public static PlannedCall Tag(string workspace, IEnumerable<string> add, IEnumerable<string> remove)
    {
        var call = On("workspace.tag", workspace);
        if (Array(add) is { Count: > 0 } added) call.Arguments["add"] = added;
        if (Array(remove) is { Count: > 0 } removed) call.Arguments["remove"] = removed;
        return call;
    }

    public static PlannedCall Create(string title, IEnumerable<string> tags)
    {
        var arguments = new JsonObject { ["title"] = title };
        if (Array(tags) is { Count: > 0 } array) arguments["tags"] = array;
        return new PlannedCall("workspace.create", arguments);
    }

    public static PlannedCall Pin(string workspace, bool pinned) => new("workspace.pin", new JsonObject { ["workspace_id"] = workspace, ["pinned"] = pinned });

    public static PlannedCall Person(string tool, string workspace, string account, string? role)
    {
        var call = On(tool, workspace);
        call.Arguments["account"] = account;
        if (role is not null) call.Arguments["role"] = role;
        return call;
    }

    public static PlannedCall StartHost(string workspace, string? size)
    {
        var call = On("workspace.start_host", workspace);
        if (size is not null) call.Arguments["size"] = size;
        return call;
    }

    /// <param name="workspace">Null on a hub that has one only.</param>
    public static PlannedCall Sync(string? workspace, string remote, string direction, IEnumerable<string> exclude)
    {
        var call = workspace is null ? new PlannedCall("sync.configure", []) : On("sync.configure", workspace);
        call.Arguments["remote"] = remote;
        call.Arguments["direction"] = direction;
        if (Array(exclude) is { Count: > 0 } patterns) call.Arguments["exclude"] = patterns;
        return call;
    }

    /// <param name="workspace">Null on a hub that has one only.</param>
    public static PlannedCall HandOver(string? workspace, string goal)
    {
        var call = workspace is null ? new PlannedCall("handoff_to_workspace_agent", []) : On("handoff_to_workspace_agent", workspace);
        call.Arguments["goal"] = goal;
        return call;
    }

    public static PlannedCall Browser(string action, string target) => new("ui_action", new JsonObject { ["action"] = action, ["target"] = target });

    public static PlannedCall Set(string key, string value) => new("config.set", new JsonObject { ["key"] = key, ["value"] = value });

    private static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(t => JsonValue.Create(t))];
}
