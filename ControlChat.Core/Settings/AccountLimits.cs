using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Settings;

/// <summary>What one account may use: the number an admin gave it, else the hub's. Read from the rows at every call, so a change holds at once.</summary>
public sealed class AccountLimits(IHubSettings settings, SettingsStore store)
{
    public async Task<AccountAllowance> OfAsync(IHubReader reader, string accountId, CancellationToken cancellationToken)
    {
        var own = (await store.ListAsync(reader, accountId, cancellationToken)).Where(r => r.AccountId == accountId && r.Value is not null).ToDictionary(r => r.Key, r => r.Value!);
        var everyone = settings.Current;
        return new AccountAllowance(
            Number(own, "Limits:Workspaces", everyone.Limits.Workspaces),
            Number(own, "Sessions:PerPerson", everyone.Sessions.PerPerson),
            Number(own, "Limits:TokensPerDay", everyone.Limits.TokensPerDay));
    }

    // A row may be older than this version's catalog: a value that is not legal any more falls back to everyone's.
    private static int Number(Dictionary<string, string> own, string key, int everyone) =>
        own.TryGetValue(key, out var value) && SettingCatalog.Find(key)!.Type.Read(value) is { } legal ? int.Parse(legal, CultureInfo.InvariantCulture) : everyone;
}

/// <param name="Workspaces">It may own, the trash included.</param>
/// <param name="Sessions">Agent sessions it may have at once.</param>
/// <param name="TokensPerDay">Tokens of the model its runs and its agents may use in a day (UTC); 0 is no limit.</param>
public sealed record AccountAllowance(int Workspaces, int Sessions, int TokensPerDay);
