using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;

namespace ControlChat.Tests.Core.Gate;

/// <summary>What agents ask for in tests, from the session <c>ses_agent</c> of Ada's in the workspace <c>ws_1</c>.</summary>
internal static class AgentAsks
{
    public const string Workspace = "ws_1";

    public static AuditActor Worker { get; } = AuditActor.System;

    public static AgentSubject.Command Command(string text = "touch /srv/outside") => new(text, "/workspace", "It has to lie outside.", []);

    public static AgentSubject.FileChange Files(params AskedFile[] files) => new(files, null, null);

    public static AgentSubject.Tool Tool(JsonObject? arguments = null) => new("tiny", "echo", arguments ?? new JsonObject { ["text"] = "T" }, "Allow the tiny MCP server to run tool \"echo\"?", null);

    public static AgentSubject.Question Question() => new("Which tile size?", "gis", new JsonObject
    {
        ["type"] = "object",
        ["required"] = new JsonArray("size"),
        ["properties"] = new JsonObject
        {
            ["size"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = 4096, ["title"] = "Tile size" },
            ["name"] = new JsonObject { ["type"] = "string", ["maxLength"] = 20, ["description"] = "Of the layer" },
            ["scale"] = new JsonObject { ["type"] = "number" },
            ["cache"] = new JsonObject { ["type"] = "boolean", ["default"] = true },
            ["format"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("png", "webp"), ["enumNames"] = new JsonArray("PNG", "WebP") },
            ["extent"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "number" } },
        },
    }, null);

    public static AskingSession Session(GateHub hub, string id = "ses_agent", TimeSpan? left = null, string owner = "acc_ada") =>
        new(id, Workspace, owner, null, owner == "acc_ben" ? "ses_ben" : "ses_ada", null, hub.Time.GetUtcNow() + (left ?? TimeSpan.FromHours(8)));

    public static async Task<string> OpenAsync(this GateHub hub, AgentSubject subject, string askId = "ask-1", AskingSession? session = null)
    {
        await using var transaction = await hub.Database.BeginAsync(default);
        var id = await hub.Get<IAgentApprovals>().OpenAsync(transaction, new AgentAsk(askId, subject, session ?? Session(hub)), default);
        await transaction.CommitAsync(default);
        return id;
    }

    public static async Task<AgentDecision?> AnswerAsync(this GateHub hub, string approvalId)
    {
        await using var reader = await hub.Database.ReadAsync(default);
        return await hub.Get<IAgentApprovals>().FindAnswerAsync(reader, approvalId, default);
    }

    /// <summary>As a person in the browser accepts.</summary>
    public static async Task<ApprovalDecision> AcceptAsync(this GateHub hub, string approvalId, JsonObject? content = null, ControlChat.Core.Accounts.Principal? person = null)
    {
        var open = await hub.Approvals.OpenAsync(person ?? GateHub.Ada, approvalId, default);
        return await hub.Approvals.ApproveAsync(person ?? GateHub.Ada, approvalId, new ApproveRequest(open?.ConfirmToken) { Answer = "accept", Content = content }, default);
    }

    /// <summary>The rows of the record about one approval: event, outcome and data.</summary>
    public static async Task<IReadOnlyList<(string Event, string Outcome, JsonObject Row)>> RecordAsync(this GateHub hub, string approvalId)
    {
        await using var reader = await hub.Database.ReadAsync(default);
        var page = await new AuditReader().SearchAsync(reader, new AuditViewer("acc_ada", true), new AuditFilter(), null, 200, default);
        return [.. page.Items.Where(r => r.ApprovalId == approvalId).Reverse().Select(r => (r.Event, r.Outcome, System.Text.Json.JsonSerializer.SerializeToNode(r, ControlChat.Core.Hub.Json.Wire)!.AsObject()))];
    }
}
