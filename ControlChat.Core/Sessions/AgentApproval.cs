using System.Text.Json;

namespace ControlChat.Core.Sessions;

/// <summary>
/// What a person must see to decide. It was written by an agent: every field is untrusted text, and shown in full. There is no answer
/// that covers later requests: one decision, one act.
/// </summary>
/// <param name="Id">Of this request, while the agent's process lives. Another process uses the same ones.</param>
/// <param name="TurnId">Null: it belongs to no turn, and outlives them.</param>
/// <param name="Reason">Why, as the agent says; null when it does not.</param>
public abstract record AgentApproval(string Id, string? TurnId, string? ItemId, string? Reason)
{
    /// <summary>To run a command <em>outside the agent's own sandbox</em>. It stays in our namespace.</summary>
    /// <param name="CommandText">As one text, quoted for a shell; empty when only <paramref name="More"/> is asked for.</param>
    /// <param name="More">What it may reach beyond its profile (hosts, folders, network), word for word as the agent asks; empty when it does not say.</param>
    public sealed record Command(string Id, string? TurnId, string? ItemId, string? Reason, string CommandText, string? Directory, IReadOnlyList<string> More)
        : AgentApproval(Id, TurnId, ItemId, Reason);

    /// <summary>To write files.</summary>
    /// <param name="Files">Null: the agent did not say which; such a request is better declined.</param>
    /// <param name="Root">A folder for which it asks the right to write until it ends.</param>
    public sealed record FileChange(string Id, string? TurnId, string? ItemId, string? Reason, IReadOnlyList<ChangedFile>? Files, string? Root)
        : AgentApproval(Id, TurnId, ItemId, Reason);

    /// <summary>To call a tool of a tool server.</summary>
    /// <param name="Annotations">What the server says of the tool. Not to be believed.</param>
    public sealed record Tool(string Id, string? TurnId, string? Reason, string Server, string Name, string? Description, JsonElement Arguments, JsonElement? Annotations)
        : AgentApproval(Id, TurnId, null, Reason);

    /// <summary>Somebody wants to know something: a tool server, or the agent itself.</summary>
    /// <param name="Server">Who asks; null: the agent.</param>
    /// <param name="Schema">JSON schema of the content to answer with; null when there is nothing to fill in.</param>
    /// <param name="Address">Where the server wants the person to go. Shown as text.</param>
    public sealed record Question(string Id, string? TurnId, string? ItemId, string? Server, string Text, JsonElement? Schema, string? Address)
        : AgentApproval(Id, TurnId, ItemId, null);
}

/// <summary>Accept: this once. Decline: the agent hears "no" and goes on. Cancel: no, and the turn ends where the agent can.</summary>
public enum AgentAnswer { Accept, Decline, Cancel }
