using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>
/// Confirm tokens: 256 bits from the system's generator, stored as SHA-256, bound to (approval, plan hash, signed-in session).
/// They reach a signed-in person and nobody else: no model input, log, transcript or bus message ever holds one.
/// </summary>
internal static class ConfirmTokens
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ShutOutFor = TimeSpan.FromMinutes(1);
    private const int FailuresAllowed = 5;

    /// <returns>43 base64url characters, told once.</returns>
    public static async Task<string> MintAsync(IHubTransaction transaction, ApprovalRow approval, string authSessionId, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await transaction.ExecuteAsync(
            "insert into confirm_tokens (token_hash, approval_id, plan_hash, auth_session_id, expires_at) values (@hash, @Id, @PlanHash, @authSessionId, @until)",
            new { hash = HashOf(token), approval.Id, approval.PlanHash, authSessionId, until = transaction.Now + Life }, cancellationToken);
        return token;
    }

    /// <summary>Whether this token was minted for this approval, its very plan and this session, and still lives.</summary>
    public static async Task<bool> FitsAsync(IHubReader reader, ApprovalRow approval, string authSessionId, string? token, CancellationToken cancellationToken) =>
        token is { Length: 43 } && await reader.FindAsync<long>(
            """
            select count(*) from confirm_tokens
            where token_hash = @hash and approval_id = @Id and plan_hash = @PlanHash and auth_session_id = @authSessionId and expires_at > hub_now()
            """,
            new { hash = HashOf(token), approval.Id, approval.PlanHash, authSessionId }, cancellationToken) == 1;

    public static Task DieAsync(IHubTransaction transaction, string approvalId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from confirm_tokens where approval_id = @approvalId", new { approvalId }, cancellationToken);

    public static Task RememberFailureAsync(IHubTransaction transaction, string authSessionId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("insert into confirm_failures (auth_session_id, at) values (@authSessionId, hub_now())", new { authSessionId }, cancellationToken);

    /// <summary>Five wrong tokens from one session within a token's life shut it out for a minute after the last.</summary>
    public static async Task<bool> ShutOutAsync(IHubReader reader, string authSessionId, CancellationToken cancellationToken) =>
        await reader.FindAsync<long>("select count(*) from confirm_failures where auth_session_id = @authSessionId and at > @since having max(at) > @lately",
            new { authSessionId, since = reader.Now - Life, lately = reader.Now - ShutOutFor }, cancellationToken) >= FailuresAllowed;

    public static Task ForgetAsync(IHubTransaction transaction, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from confirm_tokens where expires_at <= hub_now(); delete from confirm_failures where at <= @since",
            new { since = transaction.Now - Life }, cancellationToken);

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)));
}
