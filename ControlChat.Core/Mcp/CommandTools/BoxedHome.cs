using ControlChat.Core.Files;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Mcp.CommandTools;

/// <summary>Where commands that belong together keep what they need, out of reach of the session's agent. It goes with all that is in it.</summary>
internal sealed class BoxedHome : IDisposable
{
    private readonly HubPaths _paths;
    private readonly string _name = $"cmd_{Guid.NewGuid():n}";

    /// <exception cref="IOException">It cannot be made.</exception>
    public BoxedHome(HubPaths paths, AgentUser user)
    {
        _paths = paths;
        try
        {
            Folder = AgentFolder.Open(paths, _name, user);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public AgentFolder Folder { get; }

    public void Dispose()
    {
        using var all = ConfinedRoot.Open(_paths.Agents);
        all.Remove(_name);
    }
}
