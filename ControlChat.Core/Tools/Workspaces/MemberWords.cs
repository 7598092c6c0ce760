using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>What the tools for people say and answer, so that they all say it alike.</summary>
internal static class MemberWords
{
    public const string Account = "The person: the e-mail address they sign in with, or the account's id.";

    /// <summary>A person in a sentence: the name with what cannot be seen as marks, and the address.</summary>
    public static string Person(string name, string? email) => email is null ? WorkspaceWords.Quote(name) : $"{WorkspaceWords.Quote(name)} ({NameWarnings.Marked(email)})";

    /// <summary>A whole membership, as it stands in an effect.</summary>
    public static JsonObject Value(string name, string? email, string role) => new() { ["name"] = name, ["email"] = email, ["role"] = role };

    public static Member Of(string accountId, JsonObject value) => new(accountId, (string)value["name"]!, (string?)value["email"], (string)value["role"]!, false);

    public static JsonArray List(IEnumerable<Member> members) => new([.. members.Select(m => JsonSerializer.SerializeToNode(m, Json.Wire))]);

    /// <summary>The arguments of the call that makes somebody a member, or gives another role.</summary>
    public static JsonObject Call(string workspaceId, string accountId, string role) => new() { ["workspace_id"] = workspaceId, ["account"] = accountId, ["role"] = role };

    public static JsonObject Call(string workspaceId, string accountId) => new() { ["workspace_id"] = workspaceId, ["account"] = accountId };

    public static IReadOnlyList<string> Warnings(Principal asking, string accountId, string name) =>
        [.. NameWarnings.For("name", name), .. asking.AccountId == accountId ? ["This is you. Only another owner can take it back."] : Array.Empty<string>()];

    /// <summary>The result: the workspace as the asking person now sees it, which may be not at all, and the member as it now is.</summary>
    public static async Task<JsonObject> DoneAsync(WorkspaceStore workspaces, MemberStore members, ApplyContext context, string workspaceId, string accountId, CancellationToken cancellationToken)
    {
        context.Transaction.Hint(Topics.Stream("workspaces"), workspaceId);
        var workspace = await workspaces.FindAsync(context.Transaction, context.Principal.AccountId, workspaceId, cancellationToken);
        var member = (await members.ListAsync(context.Transaction, workspaceId, cancellationToken)).FirstOrDefault(m => m.AccountId == accountId);
        return Result(workspace, member);
    }

    public static JsonObject Result(Workspace? workspace, Member? member) => new()
    {
        ["workspace"] = JsonSerializer.SerializeToNode(workspace, Json.Wire),
        ["member"] = JsonSerializer.SerializeToNode(member, Json.Wire),
    };
}

/// <summary>How effects and read sets name a membership: <c>member/{workspace}:{account}</c>.</summary>
internal static class MemberResource
{
    public const string Kind = "member";

    public static string Of(string workspaceId, string accountId) => $"{Kind}/{workspaceId}:{accountId}";

    public static (string Workspace, string Account)? Of(Effect effect) =>
        effect.Resource.StartsWith(Kind + "/", StringComparison.Ordinal) && effect.Resource[(Kind.Length + 1)..].Split(':', 2) is [var workspace, var account] ? (workspace, account) : null;
}
