using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Trail;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Config;

/// <summary>
/// Settings that people change: those of the hub are seen by everyone, one's own by oneself, limits of one account by that account and by
/// admins. What the operator sets is not on the record.
/// </summary>
internal sealed class SettingSight(SettingBook book) : IResourceSight
{
    public string Kind => SettingResource.Kind;

    public async Task<SeenResource?> SeeAsync(IHubReader reader, Principal principal, string id, CancellationToken cancellationToken)
    {
        if (Named(id, principal) is not var (setting, account) || !MaySee(setting, account, principal)) return null;
        var (value, _) = await book.InForceAsync(reader, setting, account, cancellationToken);
        return new SeenResource(SettingResource.Of(setting, account), new Dictionary<string, JsonNode?> { ["value"] = value is null ? null : setting.Type.Wire(value) });
    }

    private static bool MaySee(SettingDefinition setting, string? account, Principal principal) => setting.Kind switch
    {
        SettingKind.Personal => account == principal.AccountId,
        SettingKind.Admin when account is null => setting.Public || principal.IsAdmin,
        SettingKind.Admin => setting.PerAccount && (account == principal.AccountId || principal.IsAdmin),
        _ => false,
    };

    // As the record names it, or as a call does: one's own without an account, a limit of one account as Key@acc_1.
    private static (SettingDefinition Setting, string? Account)? Named(string id, Principal principal)
    {
        var (key, account) = SettingResource.Split(id);
        if (SettingCatalog.Find(key) is null && account is null && key.LastIndexOf(':') is > 0 and var end) (key, account) = (key[..end], key[(end + 1)..]);
        if (SettingCatalog.Find(key) is not { } setting) return null;
        return (setting, setting.Kind == SettingKind.Personal ? account ?? principal.AccountId : account);
    }
}
