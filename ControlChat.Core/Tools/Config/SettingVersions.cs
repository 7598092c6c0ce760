using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Config;

/// <summary>Versions of <c>setting/{key}</c> and, for personal ones, <c>setting/{key}:{account}</c>.</summary>
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

    public static string Of(SettingDefinition setting, string accountId) =>
        setting.Kind == SettingKind.Personal ? $"{Kind}/{setting.Key}:{accountId}" : $"{Kind}/{setting.Key}";
}
