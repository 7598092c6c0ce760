using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Webhooks;

/// <summary>
/// Delivers: each endpoint by a loop of its own, so that one that is away keeps nobody else waiting, and by one process at a time. A row is
/// deleted when its endpoint took it, so a crash repeats it. In order while the endpoint answers; one that failed comes again later, behind others.
/// </summary>
internal sealed partial class WebhookCourier(
    HubDatabase database, WebhookEndpoints endpoints, WebhookStore store, WebhookSender sender, HubIdentity hub, WebhookTiming timing, TimeProvider time, ILogger<WebhookCourier> logger) : BackgroundService
{
    private const int Batch = 20;
    private readonly WebhookFeed _feed = new(database, endpoints, store);
    private readonly string _owner = Ids.New("cur");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        WebhookMeters.ShowZeros();
        if (endpoints.All.Count == 0) return;
        await LoopAsync(async token => { await _feed.BeginAsync(token); return false; }, once: true, stoppingToken);
        await Task.WhenAll(endpoints.All.Select(e => LoopAsync(token => DeliverAsync(e, token), once: false, stoppingToken)).Append(LoopAsync(_feed.TakeAsync, once: false, stoppingToken)));
    }

    // What breaks is tried again: a loop that ended would be noticed by nobody.
    private async Task LoopAsync(Func<CancellationToken, Task<bool>> step, bool once, CancellationToken cancellationToken)
    {
        var told = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var more = await step(cancellationToken);
                if (once) return;
                told = false;
                if (more) continue;
            }
            catch (HubUnavailableException)
            {
                // The rows wait.
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                if (!told) LogBroke(logger, e);
                told = true;
            }
            await Task.WhenAny(Task.Delay(timing.Look, time, cancellationToken));
        }
    }

    /// <returns>Whether there may be more at once.</returns>
    private async Task<bool> DeliverAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken)
    {
        var due = await DueAsync(endpoint, cancellationToken);
        if (due.Count == 0 || !await LeaseAsync(endpoint, cancellationToken)) return false;
        var id = await hub.GetAsync(cancellationToken);
        // Looked at anew for each: that somebody panicked goes before all that waits. And who had it before may have sent some between the look and the lease.
        for (var sent = 0; sent < Batch; sent++)
        {
            due = await DueAsync(endpoint, cancellationToken);
            if (due.Count == 0) return false;
            if (!await SendAsync(endpoint, due[0], id, cancellationToken)) return false;
        }
        return true;
    }

    private async Task<IReadOnlyList<WebhookDelivery>> DueAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await store.FindAsync(reader, endpoint.Name, cancellationToken) is not { } state || state.RestUntil > reader.Now) return [];
        if (state.Owner != _owner && state.LeaseUntil > reader.Now) return [];
        return await store.DueAsync(reader, endpoint.Name, 1, cancellationToken);
    }

    private async Task<bool> LeaseAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (!await store.LeaseAsync(transaction, endpoint.Name, _owner, timing.Lease, cancellationToken)) return false;
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <returns>False: it failed, or the endpoint is another process's by now.</returns>
    private async Task<bool> SendAsync(WebhookEndpoint endpoint, WebhookDelivery delivery, string hubId, CancellationToken cancellationToken)
    {
        var error = await sender.SendAsync(endpoint, delivery, delivery.Body(hubId), cancellationToken);
        // What became of it is written down even if the hub stops now: else it is sent again.
        await using var transaction = await database.BeginAsync(CancellationToken.None);
        var held = await store.LeaseAsync(transaction, endpoint.Name, _owner, timing.Lease, CancellationToken.None);
        if (error is null) await store.SentAsync(transaction, delivery, CancellationToken.None);
        else if (held) await FailAsync(transaction, endpoint, delivery, error);
        await transaction.CommitAsync(CancellationToken.None);
        if (error is null) WebhookMeters.Tried("sent");
        return held && error is null;
    }

    private async Task FailAsync(IHubTransaction transaction, WebhookEndpoint endpoint, WebhookDelivery delivery, string error)
    {
        var failures = delivery.Attempts + 1;
        var state = await store.FindAsync(transaction, endpoint.Name, CancellationToken.None);
        TimeSpan? next = failures < timing.Tries ? timing.Pause(failures, Random.Shared.NextDouble()) : null;
        await store.FailedAsync(transaction, delivery, error, next, timing.Rest((state?.Failures ?? 0) + 1), CancellationToken.None);
        WebhookMeters.Tried(next is null ? "given_up" : "failed");
        if (next is null) LogGivenUp(logger, endpoint.Name, delivery.Event, delivery.EventId, failures, error);
        else if (state?.Failures == 0) LogFailed(logger, endpoint.Name, error);
    }

    public override void Dispose()
    {
        sender.Dispose();
        base.Dispose();
    }

    [LoggerMessage(1, LogLevel.Warning, "The webhook {Name} does not take what it is told; it is tried again: {Error}")]
    private static partial void LogFailed(ILogger logger, string name, string error);

    [LoggerMessage(2, LogLevel.Error, "The webhook {Name} was not told of {Event} {Id} after {Tries} tries: {Error} An admin may send it again on the page Operations")]
    private static partial void LogGivenUp(ILogger logger, string name, string @event, string id, int tries, string error);

    [LoggerMessage(3, LogLevel.Error, "A loop of the webhooks broke and begins again")]
    private static partial void LogBroke(ILogger logger, Exception fault);
}
