namespace ControlChat.Core.Webhooks;

/// <summary>How an endpoint stands.</summary>
/// <param name="Address">Scheme, host and port; what comes behind them may be a secret of its own.</param>
/// <param name="Events">What it is told, in words.</param>
/// <param name="Waiting">Deliveries that wait.</param>
/// <param name="Dead">Deliveries that were given up; the newest are in <paramref name="GivenUp"/>.</param>
/// <param name="Dropped">Deliveries that were removed unsent because too many waited or were given up.</param>
/// <param name="RestsUntil">It failed last, and nothing is sent before; null: it may be sent to.</param>
public sealed record WebhookStanding(
    string Name, string Address, string Events, long Waiting, long Dead, long Dropped, DateTimeOffset? LastSuccessAt, DateTimeOffset? LastFailureAt, string? LastError,
    DateTimeOffset? RestsUntil, IReadOnlyList<DeadDelivery> GivenUp);

/// <summary>A delivery that was tried for the last time.</summary>
/// <param name="Id">As in <c>X-ControlChat-Delivery</c>.</param>
/// <param name="EventId">As in the body's <c>id</c>.</param>
public sealed record DeadDelivery(string Id, string Event, string EventId, int Attempts, DateTimeOffset FailedAt, string Error);
