using System.Text.Json.Nodes;
using ControlChat.Core.Gate;

namespace ControlChat.Tests.App.Approvals;

/// <summary>Approvals of agents as the gate would show them, for cards without a hub.</summary>
internal static class Agents
{
    public static Approval Approval(AgentSubject subject) => new()
    {
        Id = "apr_1",
        Kind = subject.Kind,
        Status = "pending",
        Subject = JsonNode.Parse(subject.ToJson())!.AsObject(),
        Hash = "9f3ca71e00000000000000000000000000000000000000000000000000000000",
        WorkspaceId = "ws_1",
        SessionId = "ses_agent",
        RequestedBy = new Requester(Plans.Reader, "Ada", "workspace_agent", null),
        Decision = "confirm",
        MayDecide = true,
        CreatedAt = Plans.Now,
        ExpiresAt = Plans.Now.AddMinutes(60),
    };
}
