using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <inheritdoc cref="IBatchProgress"/>
internal sealed class BatchProgresses(HubDatabase database, IPrincipals principals) : IBatchProgress
{
    public async Task<BatchProgress?> FindAsync(Principal principal, string approvalId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        var row = await ApprovalStore.FindAsync(reader, approvalId, cancellationToken);
        return row is null || !ApprovalViews.MaySee(present, row) ? null : await BatchStore.ProgressAsync(reader, approvalId, cancellationToken);
    }
}
