using System.Text.Json.Nodes;

namespace ControlChat.App.Approvals.Cards;

/// <summary>What a click on Accept says.</summary>
/// <param name="Content">What was filled in for a question; null for anything else.</param>
public sealed record AgentClick(JsonObject? Content);
