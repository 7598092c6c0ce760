using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.App.SignIn;

internal sealed class AccountRecord(IAuditTrail audit) : IAccountRecord
{
    public Task AppendAsync(IHubTransaction transaction, AccountEvent entry, CancellationToken cancellationToken) => audit.AppendAsync(
        transaction,
        new AuditEntry(entry.Event, entry.Refused ? "denied" : "completed", new AuditActor(entry.By.Account, null, entry.By.Session, entry.By.Via)) { Data = entry.Data },
        cancellationToken);
}
