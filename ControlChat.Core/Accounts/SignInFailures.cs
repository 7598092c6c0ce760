using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>
/// Counts failed sign-ins by account and by address, and makes the next one wait longer and longer. An attempt counts before it is
/// looked at, so that a hundred at once are not a hundred guesses. An e-mail that nobody has is counted like any other.
/// </summary>
internal sealed class SignInFailures
{
    /// <summary>Failures in a row before an account's next attempt waits.</summary>
    public const int OfAccount = 5;

    /// <summary>The same for an address, behind which may be many people.</summary>
    public const int OfAddress = 30;

    /// <summary>Doubles with every further failure.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>After so long half of it is forgotten: people who mistype now and then behind one address are no attack, however many days they do.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromHours(1);

    /// <summary>After so long nothing is left of what was held against an account or an address.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    public static string KeyOfEmail(string email) => "account:" + Credential.Hash(email);

    /// <summary>For the present password, asked from a signed-in person's own page: what strangers guess at the door is not held against them here.</summary>
    public static string KeyOfOwn(string accountId) => "own:" + accountId;

    public static string KeyOfAddress(string address) => "address:" + address;

    /// <summary>Counts an attempt as failed until <see cref="ForgiveAsync"/> says otherwise.</summary>
    /// <returns>Null when it may be looked at, else how long to wait; then nothing was counted.</returns>
    public async Task<TimeSpan?> BeginAsync(IHubTransaction transaction, string key, int allowed, CancellationToken cancellationToken)
    {
        // One statement decides and holds the row until the commit: parallel attempts come one after the other.
        var begun = await transaction.ExecuteAsync(
            """
            insert into sign_in_failures (key, failures, last_at) values (@key, 1, hub_now())
            on conflict (key) do update set
              failures = sign_in_failures.failures + 1, paused_until = null
            where sign_in_failures.paused_until is null or sign_in_failures.paused_until <= hub_now()
            """,
            new { key }, cancellationToken);
        var row = (await transaction.FindAsync<Row>("select failures, last_at, paused_until from sign_in_failures where key = @key", new { key }, cancellationToken))!;
        if (begun == 0) return row.PausedUntil - transaction.Now;
        var halvings = (int)Math.Clamp((transaction.Now - row.LastAt) / HalfLife, 0, 62);
        var failures = ((row.Failures - 1) >> halvings) + 1;
        if (halvings > 0 || failures >= allowed)
        {
            DateTimeOffset? until = failures < allowed ? null : transaction.Now + Pause(failures - allowed);
            var since = halvings > 0 ? transaction.Now : row.LastAt;
            await transaction.ExecuteAsync("update sign_in_failures set failures = @failures, last_at = @since, paused_until = @until where key = @key", new { key, failures, since, until }, cancellationToken);
        }
        return null;
    }

    /// <returns>How long the next attempt has to wait; null: it has not. Counts nothing.</returns>
    public async Task<TimeSpan?> WaitAsync(IHubReader reader, string key, CancellationToken cancellationToken) =>
        await reader.FindAsync<Row>("select failures, last_at, paused_until from sign_in_failures where key = @key and paused_until > hub_now()", new { key }, cancellationToken) is { } row
            ? row.PausedUntil - reader.Now : null;

    /// <summary>The attempt was no failure after all. An account starts anew; from an address one is taken off.</summary>
    /// <param name="key">Of the account, or of a browser or page that is its own.</param>
    /// <param name="addressKey">Null: the attempt was not counted by address.</param>
    public async Task ForgiveAsync(IHubTransaction transaction, string key, string? addressKey, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("delete from sign_in_failures where key = @key", new { key }, cancellationToken);
        if (addressKey is null) return;
        await transaction.ExecuteAsync("update sign_in_failures set failures = failures - 1, paused_until = null where key = @addressKey and failures > 0", new { addressKey }, cancellationToken);
    }

    /// <summary>Rows that say nothing any more.</summary>
    public Task SweepAsync(IHubTransaction transaction, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from sign_in_failures where last_at < @forget", new { forget = transaction.Now - Memory }, cancellationToken);

    private static TimeSpan Pause(long further) => further >= 5 ? LongestPause : FirstPause * Math.Pow(2, further);

    private sealed record Row
    {
        public long Failures { get; init; }

        /// <summary>The failure from which the next halving is counted.</summary>
        public DateTimeOffset LastAt { get; init; }
        public DateTimeOffset? PausedUntil { get; init; }
    }
}
