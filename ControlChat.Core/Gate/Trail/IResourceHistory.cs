using ControlChat.Core.Accounts;

namespace ControlChat.Core.Gate.Trail;

/// <summary>
/// Which value a thing had when, and who or what made it so: from the record, for whoever may see the thing now, and for admins, who may
/// see every row it is made of. What somebody wrote in a conversation is shown to the conversation's owner only.
/// </summary>
public interface IResourceHistory
{
    /// <summary>Newest first.</summary>
    /// <param name="resource"><c>kind/id</c>: <c>workspace/ws_…</c>, <c>member/ws_…:acc_…</c> (all of them: <c>member/ws_…</c>), <c>host/ws_…</c>, <c>sync/ws_…</c>, <c>setting/Key</c> (of one account: <c>setting/Key:acc_…</c>).</param>
    /// <param name="field">One field, or null for all.</param>
    /// <param name="cursor">Of the page before, or null for the newest.</param>
    /// <param name="limit">Entries, 1-200.</param>
    /// <returns>Null when there is no such thing for this principal.</returns>
    /// <exception cref="FormatException">The cursor is not one of ours.</exception>
    Task<ResourceTrail?> HistoryAsync(Principal principal, string resource, string? field, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>What it was like at a time, put together from its changes.</summary>
    /// <returns>Null when there is no such thing for this principal.</returns>
    Task<PastResource?> AsOfAsync(Principal principal, string resource, DateTimeOffset at, CancellationToken cancellationToken);
}
