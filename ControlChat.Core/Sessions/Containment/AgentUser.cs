using System.Globalization;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>Whose rights agents have on the disk. A hub that runs as root gives them another user's, so that what root may write is closed to them; any other hub can give only its own.</summary>
public sealed record AgentUser
{
    private AgentUser(int? id) => Id = id;

    /// <summary>The hub's own.</summary>
    public static AgentUser Same { get; } = new((int?)null);

    /// <summary>Null: the hub's own.</summary>
    public int? Id { get; }

    public static AgentUser Of(SessionsSection settings) => Environment.IsPrivilegedProcess ? new AgentUser(settings.UserId) : Same;

    internal string Text => (Id ?? 0).ToString(CultureInfo.InvariantCulture);
}
