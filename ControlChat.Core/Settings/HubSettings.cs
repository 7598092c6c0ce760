namespace ControlChat.Core.Settings;

/// <inheritdoc cref="IHubSettings"/>
internal sealed class HubSettings(LoadedSettings loaded) : IHubSettings
{
    public HubOptions Current { get; } = loaded.Options;

    public HubPaths Paths => loaded.Paths;
}
