using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions;

/// <summary>Where an agent is to work, and how it reaches the hub.</summary>
/// <param name="Folder">Of its session.</param>
/// <param name="Workspace">Absolute.</param>
/// <param name="Hub">Without a slash at the end; see <see cref="AgentAddress"/>.</param>
/// <param name="Handle">The session's; all that the agent's process holds of the hub.</param>
public sealed record AgentPlace(AgentFolder Folder, string Workspace, string Hub, string Handle)
{
    /// <summary>Without the handle: records print themselves, and it belongs in no log.</summary>
    public override string ToString() => $"{Workspace} at {Hub}";
}
