using ControlChat.Core.Hub;

namespace ControlChat.Core.Settings;

/// <summary>Rows of changed settings.</summary>
public sealed class SettingsStore
{
    private const string Columns = "key, account_id, value, version, changed_by, changed_at";

    /// <summary>Those of the whole hub and, where given, of one account.</summary>
    public Task<IReadOnlyList<StoredSetting>> ListAsync(IHubReader reader, string? accountId, CancellationToken cancellationToken) =>
        reader.QueryAsync<StoredSetting>($"select {Columns} from settings where account_id in ('', @account)", new { account = accountId ?? "" }, cancellationToken);

    /// <param name="reader">The view to read in.</param>
    /// <param name="key">As in the catalog.</param>
    /// <param name="accountId">Whose; null for the whole hub.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public Task<StoredSetting?> FindAsync(IHubReader reader, string key, string? accountId, CancellationToken cancellationToken) =>
        reader.FindAsync<StoredSetting>($"select {Columns} from settings where key = @key and account_id = @account", new { key, account = accountId ?? "" }, cancellationToken);

    /// <summary>Sets a value, or takes it back with null.</summary>
    /// <returns>The new version.</returns>
    public async Task<long> PutAsync(IHubTransaction transaction, string key, string? accountId, string? value, string changedBy, CancellationToken cancellationToken)
    {
        var row = new { key, account = accountId ?? "", value, changedBy };
        await transaction.ExecuteAsync(
            """
            insert into settings (key, account_id, value, version, changed_by, changed_at) values (@key, @account, @value, 1, @changedBy, hub_now())
            on conflict (key, account_id) do update set value = excluded.value, version = settings.version + 1, changed_by = excluded.changed_by, changed_at = excluded.changed_at
            """,
            row, cancellationToken);
        return await transaction.FindAsync<long>("select version from settings where key = @key and account_id = @account", row, cancellationToken);
    }
}
