using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>The key of a request: one answer per (principal, tool, request id) for seven days.</summary>
internal sealed record RequestKey(string PrincipalKey, string Tool, string RequestId, string Fingerprint)
{
    /// <summary>Two calls are the same when their canonical arguments are.</summary>
    /// <exception cref="ToolRefusedException"><c>invalid</c>: the arguments have no canonical form.</exception>
    public static RequestKey Of(Principal principal, string tool, string requestId, JsonObject arguments)
    {
        try
        {
            return new RequestKey(principal.Key, tool, requestId, CanonicalJson.Hash(arguments));
        }
        catch (FormatException)
        {
            throw ToolRefusedException.Invalid("The arguments hold a number without end or half a character (a lone surrogate).");
        }
    }
}

/// <summary>Answers remembered by request id, so that a repeated call repeats its answer and not its effect.</summary>
internal static class IdempotencyStore
{
    // One statement, so that it needs no transaction to be right beside another call with the key.
    private const string ReadAnswered = """
        insert into idempotency (principal_key, tool, request_id, fingerprint, state, outcome, created_at, expires_at)
        values (@PrincipalKey, @Tool, @RequestId, @Fingerprint, 'done', @outcome, @now, @until)
        on conflict (principal_key, tool, request_id) do update set fingerprint = excluded.fingerprint, state = excluded.state,
          outcome = excluded.outcome, created_at = excluded.created_at, expires_at = excluded.expires_at
        where idempotency.expires_at <= hub_now()
        """;

    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    public static Task<IdempotencyRow?> FindAsync(IHubReader reader, RequestKey key, CancellationToken cancellationToken) =>
        reader.FindAsync<IdempotencyRow>(
            "select fingerprint, state, outcome from idempotency where principal_key = @PrincipalKey and tool = @Tool and request_id = @RequestId and expires_at > hub_now()",
            key, cancellationToken);

    /// <summary>Insert-first: false when another call holds the key; then nothing was written and its answer is the answer.</summary>
    public static async Task<bool> ClaimAsync(IHubTransaction transaction, RequestKey key, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            "delete from idempotency where principal_key = @PrincipalKey and tool = @Tool and request_id = @RequestId and expires_at <= hub_now()", key, cancellationToken);
        return await transaction.ExecuteAsync(
            """
            insert into idempotency (principal_key, tool, request_id, fingerprint, state, created_at, expires_at)
            values (@PrincipalKey, @Tool, @RequestId, @Fingerprint, 'running', @now, @until) on conflict do nothing
            """,
            new { key.PrincipalKey, key.Tool, key.RequestId, key.Fingerprint, now = transaction.Now, until = transaction.Now + Remembered }, cancellationToken) == 1;
    }

    /// <summary>
    /// The answer of a read, in one step; false when another call holds the key.
    /// </summary>
    /// <param name="database">Where nothing else is written with it.</param>
    /// <param name="key">Of the call.</param>
    /// <param name="outcome">What it answered.</param>
    /// <param name="now">When it was read.</param>
    /// <param name="durably">False where reading again does no harm: a crash of the machine may then lose it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<bool> RememberReadAsync(HubDatabase database, RequestKey key, Outcome outcome, DateTimeOffset now, bool durably, CancellationToken cancellationToken)
    {
        var row = new { key.PrincipalKey, key.Tool, key.RequestId, key.Fingerprint, outcome = Json.Write(outcome), now, until = now + Remembered };
        if (!durably) return await database.NoteAsync(ReadAnswered, row, cancellationToken) == 1;
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await transaction.ExecuteAsync(ReadAnswered, row, cancellationToken) == 0) return false;
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public static Task AnswerAsync(IHubTransaction transaction, string principalKey, string? tool, string? requestId, Outcome outcome, CancellationToken cancellationToken) =>
        tool is null || requestId is null ? Task.CompletedTask : transaction.ExecuteAsync(
            "update idempotency set state = 'done', outcome = @outcome where principal_key = @principalKey and tool = @tool and request_id = @requestId",
            new { principalKey, tool, requestId, outcome = Json.Write(outcome) }, cancellationToken);

    public static Task<int> ForgetAsync(IHubTransaction transaction, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from idempotency where expires_at <= hub_now()", null, cancellationToken);

    /// <summary>What a repeated call answers.</summary>
    public static Outcome Replay(IdempotencyRow row, RequestKey key, string tool)
    {
        if (row.Fingerprint != key.Fingerprint)
            return Outcomes.Error(key.RequestId, tool, "request_id_reused", "request_id_reused", "This request_id was used with other arguments. Use a new one.");
        return row.Outcome is null
            ? Outcomes.Error(key.RequestId, tool, "in_progress", "in_progress", "This request is still being worked on. Ask again in a second.")
            : Json.Read<Outcome>(row.Outcome) with { Replayed = true };
    }
}
