using ControlChat.Core.Settings;

namespace ControlChat.App.Start;

/// <summary>The settings as bound from file, environment and command line.</summary>
internal sealed class BoundHubSettings : IHubSettings
{
    public BoundHubSettings(IConfiguration configuration)
    {
        Current = configuration.Get<HubOptions>() ?? new HubOptions();
        var data = Path.GetFullPath(Current.Hub.DataDirectory ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "controlchat"));
        var root = Path.GetFullPath(Current.Workspaces.Root ?? data + "-workspaces");
        Paths = new HubPaths(data, root, Path.GetFullPath(Current.Workspaces.Local ?? Path.Combine(root, "local")), Path.GetFullPath(Current.Audit.CheckpointDirectory ?? Path.Combine(data, "checkpoints")));
    }

    public HubOptions Current { get; }

    public HubPaths Paths { get; }
}
