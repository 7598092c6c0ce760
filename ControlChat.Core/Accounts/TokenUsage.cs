using System.Globalization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Tokens of the model that the runs and the agents of an account used, day by day (UTC).</summary>
public static class TokenUsage
{
    public static Task<long> TodayAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select tokens from token_usage where account_id = @accountId and day = @day", new { accountId, day = Day(reader.Now) }, cancellationToken);

    public static Task AddAsync(IHubTransaction transaction, string accountId, long tokens, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("""
            insert into token_usage (account_id, day, tokens) values (@accountId, @day, @tokens)
            on conflict (account_id, day) do update set tokens = token_usage.tokens + excluded.tokens
            """, new { accountId, day = Day(transaction.Now), tokens }, cancellationToken);

    private static string Day(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
