using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Config;

/// <summary>Versions of <c>setting/{key}</c> and, for one account, <c>setting/{key}:{account}</c>.</summary>
internal sealed class SettingVersions(SettingsStore store) : IResourceVersions
{
    public string Kind => SettingResource.Kind;

    public async Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken)
    {
        // Keys hold colons too; an account is the last part of what is not a key as a whole.
        var end = SettingCatalog.Find(id) is null ? id.LastIndexOf(':') : -1;
        var (key, account) = end < 0 ? (id, null) : (id[..end], id[(end + 1)..]);
        return (await store.FindAsync(reader, key, account, cancellationToken))?.Version ?? 0;
    }
}

/// <summary>How effects and read sets name settings.</summary>
internal static class SettingResource
{
    public const string Kind = "setting";

    /// <param name="accountId">Whose value; null for the whole hub's.</param>
    public static string Of(SettingDefinition setting, string? accountId) => accountId is null ? $"{Kind}/{setting.Key}" : $"{Kind}/{setting.Key}:{accountId}";

    /// <summary>How a call names it: one's own has no account in its name.</summary>
    public static string KeyOf(SettingDefinition setting, string? accountId) =>
        accountId is null || setting.Kind == SettingKind.Personal ? setting.Key : $"{setting.Key}@{accountId}";

    /// <summary>A key as it was asked for, in two: <c>Limits:Workspaces@acc_1</c>.</summary>
    public static (string Key, string? Account) Split(string asked) =>
        asked.Trim().Split('@', 2) is [var key, var account] ? (key, account) : (asked.Trim(), null);
}
