using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Webhooks;

/// <summary>How the endpoints stand, for admins, and what admins do about it. Both is on the record before it happens.</summary>
public sealed class WebhookDesk
{
    private const int MostShown = 50;
    private readonly HubDatabase _database;
    private readonly IPrincipals _principals;
    private readonly IAuditTrail _audit;
    private readonly WebhookEndpoints _endpoints;
    private readonly WebhookStore _store;

    internal WebhookDesk(HubDatabase database, IPrincipals principals, IAuditTrail audit, WebhookEndpoints endpoints, WebhookStore store) =>
        (_database, _principals, _audit, _endpoints, _store) = (database, principals, audit, endpoints, store);

    /// <summary>In the operator's order; null: not an admin.</summary>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<IReadOnlyList<WebhookStanding>?> ListAsync(Principal who, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (!await IsAdminAsync(reader, who, cancellationToken)) return null;
        var states = await _store.ListAsync(reader, cancellationToken);
        var standings = new List<WebhookStanding>();
        foreach (var endpoint in _endpoints.All)
        {
            var state = states.FirstOrDefault(s => s.Name == endpoint.Name) ?? new WebhookState();
            var (waiting, dead) = await _store.CountAsync(reader, endpoint.Name, cancellationToken);
            var shown = await _store.DeadAsync(reader, endpoint.Name, MostShown, cancellationToken);
            standings.Add(new WebhookStanding(
                endpoint.Name, endpoint.Url.GetLeftPart(UriPartial.Authority), endpoint.Wish, waiting, dead, state.Dropped, state.LastSuccessAt, state.LastFailureAt, state.LastError,
                state.RestUntil > reader.Now ? state.RestUntil : null, [.. shown.Select(d => new DeadDelivery(d.Delivery, d.Event, d.EventId, d.Attempts, d.DeadAt!.Value, d.Error ?? ""))]));
        }
        return standings;
    }

    /// <summary>Sends it the event <c>webhook.test</c>, at once.</summary>
    public Task<WebhookChange> TestAsync(Principal who, string endpoint, CancellationToken cancellationToken) => ChangeAsync(who, endpoint, "webhook.test", async transaction =>
    {
        await _store.AddAsync(transaction, endpoint, WebhookEvents.Test, Ids.New("tst"), transaction.Now, new JsonObject { ["by"] = who.AccountId }, cancellationToken);
        return 1;
    }, cancellationToken);

    /// <summary>Sends again what was given up.</summary>
    /// <param name="delivery">Null: all of the endpoint.</param>
    public Task<WebhookChange> RetryAsync(Principal who, string endpoint, string? delivery, CancellationToken cancellationToken) =>
        ChangeAsync(who, endpoint, "webhook.retry", transaction => _store.ReviveAsync(transaction, endpoint, delivery, cancellationToken), cancellationToken);

    private async Task<WebhookChange> ChangeAsync(Principal who, string endpoint, string tool, Func<IHubTransaction, Task<int>> change, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (!await IsAdminAsync(transaction, who, cancellationToken)) return WebhookChange.Denied;
        if (_endpoints.Find(endpoint) is null) return WebhookChange.Absent;
        await _store.BeginAsync(transaction, endpoint, cancellationToken);
        var deliveries = await change(transaction);
        if (deliveries == 0) return WebhookChange.Absent;
        await _store.WakeAsync(transaction, endpoint, cancellationToken);
        await _audit.AppendAsync(transaction, new AuditEntry(AuditEvents.ToolApplied, "completed", new AuditActor(who.AccountId, who.TokenId, who.AuthSessionId, who.IsToken ? "rest" : "ui"))
        {
            Tool = tool,
            Data = new JsonObject { ["endpoint"] = endpoint, ["deliveries"] = deliveries },
        }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return WebhookChange.Done;
    }

    // As the rows say now: an open page may not know yet that its session or the role ended.
    private async Task<bool> IsAdminAsync(IHubReader reader, Principal who, CancellationToken cancellationToken) =>
        await _principals.ReloadAsync(reader, who, cancellationToken) is { IsAdmin: true };
}

/// <summary>What came of it.</summary>
/// <remarks><c>Absent</c>: there is no such endpoint, or nothing of it was given up.</remarks>
public enum WebhookChange { Done, Denied, Absent }
