using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.SignIn;

internal sealed class AccountRecord(IAuditTrail audit, GrantEnding grants) : IAccountRecord
{
    public async Task AppendAsync(IHubTransaction transaction, AccountEvent entry, CancellationToken cancellationToken)
    {
        if (entry.Refused) Meters.SignInFailed(entry.Data["reason"]?.GetValue<string>() ?? "unknown");
        await audit.AppendAsync(
            transaction,
            new AuditEntry(entry.Event, entry.Refused ? "denied" : "completed", new AuditActor(entry.By.Account, null, entry.By.Session, entry.By.Via)) { Data = entry.Data },
            cancellationToken);
        await grants.FollowAsync(transaction, entry, cancellationToken);
    }
}
