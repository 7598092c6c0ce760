using ControlChat.Core.Hub;

namespace ControlChat.Core.Settings;

/// <summary>After a change was committed: the values in force are read again. Sent right after the commit, swept when that was lost.</summary>
internal sealed class SettingChanged(IHubSettings settings) : IOutboxHandler
{
    public const string Of = "setting.changed";

    public string Topic => Of;

    public Task HandleAsync(string id, CancellationToken cancellationToken) => settings.RefreshAsync(cancellationToken);
}
