using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Webhooks;

/// <summary>Where rooms put events that are no row of the record. What their transaction commits is delivered; what it does not, never.</summary>
public sealed class WebhookOutbox
{
    private readonly WebhookEndpoints _endpoints;
    private readonly WebhookStore _store;

    internal WebhookOutbox(WebhookEndpoints endpoints, WebhookStore store) => (_endpoints, _store) = (endpoints, store);

    /// <summary>Whether anybody wants to be told: for what costs something to say.</summary>
    public bool IsWanted(string happened) => _endpoints.All.Any(e => e.Wants(happened));

    /// <param name="happened">One of <see cref="WebhookEvents"/>.</param>
    /// <param name="id">The event's own: one that still waits is not added again.</param>
    /// <param name="data">Ids and words of the hub: no secret, no text of a person or an agent.</param>
    public async Task AddAsync(IHubTransaction transaction, string happened, string id, JsonObject data, CancellationToken cancellationToken)
    {
        foreach (var endpoint in _endpoints.All.Where(e => e.Wants(happened)))
            await _store.AddAsync(transaction, endpoint.Name, happened, id, transaction.Now, data, cancellationToken);
    }
}
