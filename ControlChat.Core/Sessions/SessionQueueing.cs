using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions;

/// <summary>Puts sessions into the queue, within what a person may have at once.</summary>
public sealed class SessionQueueing(SessionStore sessions, AccountLimits limits)
{
    /// <exception cref="ToolRefusedException"><c>rate_limited</c>: the person has as many as they may.</exception>
    public async Task RequireRoomAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken)
    {
        var most = (await limits.OfAsync(reader, principal.AccountId, cancellationToken)).Sessions;
        if (await SessionClaims.CountOpenAsync(reader, principal.AccountId, cancellationToken) >= most)
            throw new ToolRefusedException("rate_limited", "rate_limited", $"You have {most} agent sessions, as many as one person may have at once (Sessions:PerPerson). End one first.");
    }

    /// <summary>Agents of a workspace stand still while a stop switch says so.</summary>
    /// <exception cref="ToolRefusedException"><c>frozen</c></exception>
    public static async Task StopIfFrozenAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken)
    {
        if (await FreezeStore.StoppingAsync(reader, [], [workspaceId], SessionDoor.Agent, cancellationToken) is { } freeze)
            throw new ToolRefusedException("frozen", "frozen", $"Agents are stopped here: {freeze.Reason}");
    }

    /// <exception cref="ToolRefusedException">As <see cref="RequireRoomAsync"/>.</exception>
    public async Task<SessionView> AddAsync(ApplyContext context, SessionWish wish, CancellationToken cancellationToken)
    {
        var (transaction, principal, id, initialMessage) = (context.Transaction, context.Principal, wish.Id, wish.InitialMessage);
        await RequireRoomAsync(transaction, principal, cancellationToken);
        await StopIfFrozenAsync(transaction, wish.WorkspaceId, cancellationToken);
        var session = new Session
        {
            Id = id,
            WorkspaceId = wish.WorkspaceId,
            OwnerId = principal.AccountId,
            Mode = wish.Mode,
            Profile = wish.Profile,
            Command = wish.Command,
            // The action's own: the caller's request id is remembered by the gate.
            RequestId = context.ActionId,
            PrincipalKey = principal.Key,
            TokenId = principal.TokenId,
            AuthSessionId = principal.AuthSessionId,
            ConversationId = context.Origin.ConversationId,
            InitialMessage = initialMessage,
            InitialMessageState = initialMessage is null ? "none" : "sent",
            Capsule = wish.Capsule,
            BudgetTokens = wish.BudgetTokens,
            ExpiresAt = wish.Deadline,
        };
        await sessions.InsertAsync(transaction, session, cancellationToken);
        await sessions.AppendAsync(transaction, id, null, [SessionClosing.Queued(context.Origin.Place)], cancellationToken);
        if (initialMessage is not null) await sessions.AppendAsync(transaction, id, null, [SessionText.Said(principal, initialMessage)], cancellationToken);
        transaction.Hint(Topics.Stream(SessionEnding.Changes), id);
        return SessionView.Of((await sessions.FindAsync(transaction, id, cancellationToken))!, await SessionClaims.QueueAsync(transaction, SessionView.MostPositions, cancellationToken));
    }
}

/// <summary>A session as it is asked for.</summary>
/// <param name="InitialMessage">What the agent is told first; null: it waits to be spoken to.</param>
public sealed record SessionWish(string Id, string WorkspaceId, string Profile, string? InitialMessage)
{
    /// <summary>One of <see cref="SessionMode"/>.</summary>
    public string Mode { get; init; } = SessionMode.Chat;

    /// <summary>What a terminal runs, a JSON array; null for a chat.</summary>
    public string? Command { get; init; }

    /// <summary>See <see cref="Handoffs.Capsule"/>.</summary>
    public string? Capsule { get; init; }
    public long? BudgetTokens { get; init; }

    /// <summary>It ends then, also while it waits in the queue; null: when its own time is over.</summary>
    public DateTimeOffset? Deadline { get; init; }
}
