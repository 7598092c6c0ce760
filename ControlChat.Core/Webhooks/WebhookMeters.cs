using System.Diagnostics.Metrics;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Webhooks;

/// <summary>What is counted of deliveries.</summary>
internal static class WebhookMeters
{
    private static readonly Counter<long> Deliveries = Meters.Source.CreateCounter<long>("controlchat.webhook.deliveries", description: "Tries to tell a webhook, by outcome (sent, failed, given_up).");
    private static readonly Counter<long> Drops = Meters.Source.CreateCounter<long>("controlchat.webhook.dropped", description: "Deliveries to webhooks dropped because too many waited or were given up.");

    public static HubFigure Waiting { get; } = new(
        "controlchat.webhook.waiting", null, "Deliveries to webhooks that wait.",
        async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from webhook_deliveries where dead_at is null", null, cancellationToken));

    public static HubFigure Dead { get; } = new(
        "controlchat.webhook.dead", null, "Deliveries to webhooks that were given up and not tried again.",
        async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from webhook_deliveries where dead_at is not null", null, cancellationToken));

    /// <param name="outcome"><c>sent|failed|given_up</c>.</param>
    public static void Tried(string outcome) => Deliveries.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public static void Dropped(long deliveries) => Drops.Add(deliveries);

    /// <summary>At 0 from the start, so that their rates are known.</summary>
    public static void ShowZeros()
    {
        foreach (var outcome in new[] { "sent", "failed", "given_up" }) Deliveries.Add(0, new KeyValuePair<string, object?>("outcome", outcome));
        Drops.Add(0);
    }
}
