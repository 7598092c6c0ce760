using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Usage;

namespace ControlChat.Core.Sessions;

/// <summary>How many tokens of the model a session may still use: what its budget leaves, and what its owner's day leaves.</summary>
public sealed class SessionBudget(HubDatabase database, SessionStore sessions, AccountLimits limits)
{
    /// <param name="session">As it was read for this call.</param>
    /// <returns>What is left at this moment. Answers under way at once may take more together; each is counted at its end.</returns>
    public async Task<TokensLeft> LeftAsync(Session session, CancellationToken cancellationToken)
    {
        if (session.BudgetTokens is { } budget && session.UsedTokens >= budget)
            return new TokensLeft(0, $"This session used {session.UsedTokens} tokens of its budget of {budget}.");
        var left = session.BudgetTokens - session.UsedTokens;
        await using var reader = await database.ReadAsync(cancellationToken);
        var day = (await limits.OfAsync(reader, session.OwnerId, cancellationToken)).TokensPerDay;
        if (day == 0) return new TokensLeft(left, null);
        var today = await TokenUsage.TodayAsync(reader, session.OwnerId, cancellationToken);
        if (today >= day) return new TokensLeft(0, $"The owner of this session used {today} tokens today and may use {day} a day (Limits:TokensPerDay). The count begins anew at midnight UTC.");
        return new TokensLeft(Math.Min(left ?? long.MaxValue, day - today), null);
    }

    /// <summary>Counts what an answer cost, for the session and for its owner's day together.</summary>
    public async Task SpendAsync(Session session, long input, long output, CancellationToken cancellationToken)
    {
        if (input + output == 0) return;
        await using var transaction = await database.BeginAsync(cancellationToken);
        await sessions.AddTokensAsync(transaction, session.Id, input, output, cancellationToken);
        await TokenUsage.AddAsync(transaction, session.OwnerId, input + output, cancellationToken);
        await UsageStore.AddAsync(transaction, session.OwnerId, session.TokenId, UsageKinds.Session, session.Mode, new UsageSum(0, 0, input, output), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

/// <param name="Tokens">Input and output together; null: no end to them.</param>
/// <param name="Fault">Why there are none left, for who asked; null while there are.</param>
public sealed record TokensLeft(long? Tokens, string? Fault);
