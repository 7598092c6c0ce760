using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Settings;

/// <inheritdoc cref="IHubSettings"/>
internal sealed partial class HubSettings(LoadedSettings loaded, HubDatabase database, SettingsStore store, ILogger<HubSettings> logger) : IHubSettings
{
    private readonly Lock _gate = new();
    private volatile HubOptions _current = loaded.Options;
    private long _asked;
    private long _inForce;

    public HubOptions Current => _current;

    public HubPaths Paths => loaded.Paths;

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var asked = Interlocked.Increment(ref _asked);
        var read = await ReadAsync(cancellationToken);
        lock (_gate)
        {
            // What was read earlier does not replace what was read later.
            if (asked > _inForce) (_current, _inForce) = (read, asked);
        }
    }

    private async Task<HubOptions> ReadAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var entries = new Dictionary<string, string>(loaded.Values.Entries, StringComparer.OrdinalIgnoreCase);
        foreach (var row in await store.ListAsync(reader, null, cancellationToken))
        {
            // A row may be older than this version's catalog: a value that is not legal any more falls back to the operator's.
            if (row.Value is null || SettingCatalog.Find(row.Key) is not { Kind: SettingKind.Admin } setting) continue;
            if (setting.Type.Read(row.Value) is { } canonical) entries[setting.Key] = canonical;
            else LogNotLegal(logger, setting.Key, setting.Type.Legal);
        }
        return OptionsBinder.Bind(entries);
    }

    [LoggerMessage(1, LogLevel.Warning, "The stored value of {Key} is not legal any more and is not used; {Legal}. Set it again in Settings.")]
    private static partial void LogNotLegal(ILogger logger, string key, string legal);
}
