using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Invitations;

/// <summary>How many invitations one person may have waiting, and make in an hour. Checked when planning and once more when applying.</summary>
internal sealed class InvitationLimits(InvitationStore invitations)
{
    public const int MostPending = 50;
    public const int MostInAnHour = 50;

    /// <exception cref="ToolRefusedException"><c>denied</c> or <c>rate_limited</c>.</exception>
    public Task RequireAsync(PlanningContext context, CancellationToken cancellationToken) =>
        RequireAsync(context.Reader, context.Principal.AccountId, context.Earlier.Count(e => e is { Op: "create" } && InvitationResource.IdOf(e) is not null), cancellationToken);

    /// <exception cref="ToolRefusedException">As when planning.</exception>
    public async Task RequireAsync(ApplyContext context, CancellationToken cancellationToken)
    {
        // Two at the same moment wait for one another here, so that the second one counts right.
        await context.Transaction.ExecuteAsync("update accounts set name = name where id = @account", new { account = context.Principal.AccountId }, cancellationToken);
        await RequireAsync(context.Transaction, context.Principal.AccountId, 0, cancellationToken);
    }

    private async Task RequireAsync(IHubReader reader, string accountId, int planned, CancellationToken cancellationToken)
    {
        if (await invitations.CountPendingAsync(reader, accountId, cancellationToken) + planned >= MostPending)
            throw ToolRefusedException.Denied($"{MostPending} of your invitations wait, and that is the most. Revoke one that is not needed with invitation.revoke, or wait until one is accepted.");
        if (await invitations.CountSinceAsync(reader, accountId, reader.Now.AddHours(-1), cancellationToken) + planned >= MostInAnHour)
            throw new ToolRefusedException("rate_limited", "rate_limited", $"You made {MostInAnHour} invitations in an hour, and that is the most. Go on later.");
    }
}
