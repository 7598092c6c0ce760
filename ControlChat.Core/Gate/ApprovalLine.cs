using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>
/// The approvals that followed each other for one wish: what expired or went stale names the one that took its place, and a stopped batch the one for its rest.
/// The names stay for good, so that from any of them the last is found and nothing is asked for twice.
/// </summary>
/// <param name="End">Which one is to name the next.</param>
internal sealed record ApprovalLine(ApprovalRow First, ApprovalRow Last, string End)
{
    public static Task<ApprovalLine> FindAsync(IHubReader reader, ApprovalRow first, CancellationToken cancellationToken) =>
        OfAsync(first, id => ApprovalStore.FindAsync(reader, id, cancellationToken));

    /// <summary>The same for whoever may add to it: one after the other.</summary>
    public static Task<ApprovalLine> HoldAsync(IHubTransaction transaction, ApprovalRow first, CancellationToken cancellationToken) =>
        OfAsync(first, id => ApprovalStore.HoldAsync(transaction, id, cancellationToken));

    /// <summary>The one that waits or was approved after the first; null when another may be asked for.</summary>
    public ApprovalRow? Standing(DateTimeOffset now) =>
        Last.Id != First.Id && (Last.Status == "consumed" || (Last.Status == "pending" && Last.ExpiresAt > now)) ? Last : null;

    private static async Task<ApprovalLine> OfAsync(ApprovalRow first, Func<string, Task<ApprovalRow?>> next)
    {
        var (before, last) = (first, first);
        while (last.SupersededBy is { } id && (last == first || last.Status is "expired" or "superseded")) (before, last) = (last, (await next(id))!);
        // One that is due counts as expired. What was declined or withdrawn is passed by: the one before it names another.
        return new ApprovalLine(first, last, last.Status is "expired" or "pending" ? last.Id : before.Id);
    }
}
