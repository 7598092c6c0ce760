using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The append-only, chained record. There is no way to change or remove a row.</summary>
public interface IAuditTrail
{
    /// <summary>Appends inside the caller's transaction: no row, no action.</summary>
    /// <returns>The row's <c>seq</c>.</returns>
    Task<long> AppendAsync(IHubTransaction transaction, AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Appends in a transaction of its own: for what changed nothing (denials, rejected tokens, sign-in).</summary>
    Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellationToken);
}
