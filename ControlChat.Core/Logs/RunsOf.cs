using ControlChat.Core.Hub;

namespace ControlChat.Core.Logs;

/// <summary>Whose runs are whose: a member sees the lines of their own.</summary>
public static class RunsOf
{
    // Older runs than these have left the log long before.
    private const int Newest = 2_000;

    /// <summary>The runs an account asked for, newest first.</summary>
    public static Task<IReadOnlyList<string>> AccountAsync(IHubReader reader, string accountId, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>("select id from runs where account_id = @accountId order by n desc limit @Newest", new { accountId, Newest }, cancellationToken);
}
