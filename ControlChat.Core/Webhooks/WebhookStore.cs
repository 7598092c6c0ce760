using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Webhooks;

/// <summary>Deliveries that wait or were given up, and how each endpoint stands.</summary>
internal sealed class WebhookStore
{
    /// <summary>Deliveries of one endpoint that may wait; of more, the oldest are dropped and counted.</summary>
    public const int MostWaiting = 10_000;

    /// <summary>Of those given up.</summary>
    public const int MostDead = 1_000;

    private const string Columns = "seq, delivery, endpoint, event, event_id, at, data, attempts, dead_at, error";

    /// <summary>Of an endpoint that was not known before: it is told of what happens from now on.</summary>
    public Task BeginAsync(IHubTransaction transaction, string endpoint, CancellationToken cancellationToken) => transaction.ExecuteAsync(
        "insert into webhook_endpoints (name, audit_seq) values (@endpoint, (select coalesce(max(seq), 0) from audit)) on conflict (name) do nothing", new { endpoint }, cancellationToken);

    /// <summary>All there ever were, whether the operator still lists them or not.</summary>
    public Task<IReadOnlyList<WebhookState>> ListAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<WebhookState>("select name, audit_seq, owner, lease_until, rest_until, failures, last_success_at, last_failure_at, last_error, dropped from webhook_endpoints order by name", null, cancellationToken);

    public async Task<WebhookState?> FindAsync(IHubReader reader, string endpoint, CancellationToken cancellationToken) =>
        (await ListAsync(reader, cancellationToken)).FirstOrDefault(s => s.Name == endpoint);

    /// <returns>False when another process was there first.</returns>
    public async Task<bool> FollowedAsync(IHubTransaction transaction, string endpoint, long from, long to, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update webhook_endpoints set audit_seq = @to where name = @endpoint and audit_seq = @from", new { endpoint, from, to }, cancellationToken) == 1;

    public async Task AddAsync(IHubTransaction transaction, string endpoint, string happened, string id, DateTimeOffset at, JsonObject data, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("""
            insert into webhook_deliveries (delivery, endpoint, event, event_id, at, data, next_at)
            values (@delivery, @endpoint, @happened, @id, @at, @data, hub_now()) on conflict (endpoint, event_id) do nothing
            """, new { delivery = Guid.CreateVersion7().ToString(), endpoint, happened, id, at, data = WebhookDelivery.Write(data) }, cancellationToken);
        await TrimAsync(
            transaction, endpoint, MostWaiting, "select count(*) from webhook_deliveries where endpoint = @endpoint and dead_at is null",
            "delete from webhook_deliveries where seq in (select seq from webhook_deliveries where endpoint = @endpoint and dead_at is null order by seq limit @excess)", cancellationToken);
    }

    /// <summary>What may be sent now: that somebody panicked, then the oldest first.</summary>
    public Task<IReadOnlyList<WebhookDelivery>> DueAsync(IHubReader reader, string endpoint, int most, CancellationToken cancellationToken) => reader.QueryAsync<WebhookDelivery>(
        $"select {Columns} from webhook_deliveries where endpoint = @endpoint and dead_at is null and next_at <= hub_now() order by case event when 'session.panic' then 0 else 1 end, seq limit @most", new { endpoint, most }, cancellationToken);

    /// <summary>Takes the endpoint for this process, or keeps it.</summary>
    /// <returns>False while another process is at it.</returns>
    public async Task<bool> LeaseAsync(IHubTransaction transaction, string endpoint, string owner, TimeSpan lease, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update webhook_endpoints set owner = @owner, lease_until = @until where name = @endpoint and (owner = @owner or lease_until is null or lease_until < hub_now())",
            new { endpoint, owner, until = transaction.Now + lease }, cancellationToken) == 1;

    public async Task SentAsync(IHubTransaction transaction, WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("delete from webhook_deliveries where seq = @Seq", new { delivery.Seq }, cancellationToken);
        await transaction.ExecuteAsync("update webhook_endpoints set failures = 0, rest_until = null, last_success_at = hub_now() where name = @Endpoint", new { delivery.Endpoint }, cancellationToken);
    }

    /// <param name="next">Null: it is given up.</param>
    public async Task FailedAsync(IHubTransaction transaction, WebhookDelivery delivery, string error, TimeSpan? next, TimeSpan rest, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            "update webhook_deliveries set attempts = attempts + 1, error = @error, next_at = @at, dead_at = @dead where seq = @Seq",
            new { delivery.Seq, error, at = transaction.Now + (next ?? TimeSpan.Zero), dead = next is null ? transaction.Now : (DateTimeOffset?)null }, cancellationToken);
        await transaction.ExecuteAsync(
            "update webhook_endpoints set failures = failures + 1, rest_until = @until, last_failure_at = hub_now(), last_error = @error where name = @Endpoint",
            new { delivery.Endpoint, error, until = transaction.Now + rest }, cancellationToken);
        if (next is not null) return;
        await TrimAsync(
            transaction, delivery.Endpoint, MostDead, "select count(*) from webhook_deliveries where endpoint = @endpoint and dead_at is not null",
            "delete from webhook_deliveries where seq in (select seq from webhook_deliveries where endpoint = @endpoint and dead_at is not null order by seq limit @excess)", cancellationToken);
    }

    /// <summary>Sends again what was given up: one, or all of the endpoint.</summary>
    /// <returns>How many.</returns>
    public Task<int> ReviveAsync(IHubTransaction transaction, string endpoint, string? delivery, CancellationToken cancellationToken) => transaction.ExecuteAsync(
        "update webhook_deliveries set dead_at = null, attempts = 0, next_at = hub_now() where endpoint = @endpoint and dead_at is not null and delivery = coalesce(@delivery, delivery)",
        new { endpoint, delivery }, cancellationToken);

    /// <summary>Lets it be tried at once.</summary>
    public Task WakeAsync(IHubTransaction transaction, string endpoint, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update webhook_endpoints set rest_until = null where name = @endpoint", new { endpoint }, cancellationToken);

    /// <summary>What was given up, newest first.</summary>
    public Task<IReadOnlyList<WebhookDelivery>> DeadAsync(IHubReader reader, string endpoint, int most, CancellationToken cancellationToken) => reader.QueryAsync<WebhookDelivery>(
        $"select {Columns} from webhook_deliveries where endpoint = @endpoint and dead_at is not null order by seq desc limit @most", new { endpoint, most }, cancellationToken);

    public async Task<(long Waiting, long Dead)> CountAsync(IHubReader reader, string endpoint, CancellationToken cancellationToken) =>
        (await reader.FindAsync<long>("select count(*) from webhook_deliveries where endpoint = @endpoint and dead_at is null", new { endpoint }, cancellationToken),
         await reader.FindAsync<long>("select count(*) from webhook_deliveries where endpoint = @endpoint and dead_at is not null", new { endpoint }, cancellationToken));

    private static async Task TrimAsync(IHubTransaction transaction, string endpoint, int most, string count, string remove, CancellationToken cancellationToken)
    {
        var excess = await transaction.FindAsync<long>(count, new { endpoint }, cancellationToken) - most;
        if (excess <= 0) return;
        await transaction.ExecuteAsync(remove, new { endpoint, excess }, cancellationToken);
        await transaction.ExecuteAsync("update webhook_endpoints set dropped = dropped + @excess where name = @endpoint", new { endpoint, excess }, cancellationToken);
        WebhookMeters.Dropped(excess);
    }
}

/// <summary>How an endpoint stands, as it is stored.</summary>
internal sealed record WebhookState
{
    public string Name { get; init; } = "";

    /// <summary>The last row of the record that was looked at for it.</summary>
    public long AuditSeq { get; init; }
    public string? Owner { get; init; }
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Nothing is sent before; null: at once.</summary>
    public DateTimeOffset? RestUntil { get; init; }

    /// <summary>In a row.</summary>
    public int Failures { get; init; }
    public DateTimeOffset? LastSuccessAt { get; init; }
    public DateTimeOffset? LastFailureAt { get; init; }
    public string? LastError { get; init; }

    /// <summary>Deliveries that never reached it because too many waited or were given up.</summary>
    public long Dropped { get; init; }
}
