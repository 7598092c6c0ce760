namespace ControlChat.Core.Webhooks;

/// <summary>How patient deliveries are.</summary>
internal sealed record WebhookTiming
{
    /// <summary>How often is looked for what is to be told or sent.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>From opening the connection to the head of the answer.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a process that shows no sign is believed to be at an endpoint; more than an answer takes.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the first failure of a delivery to its second try; each next pause is four times as long, up to <see cref="Longest"/>.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Longest { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Tries of one delivery before it is given up: about a day with the pauses above.</summary>
    public int Tries { get; init; } = 10;

    /// <summary>The longest rest of an endpoint that fails, whatever is sent; it begins with <see cref="First"/> and doubles.</summary>
    public TimeSpan LongestRest { get; init; } = TimeSpan.FromMinutes(5);

    /// <param name="failures">Of the delivery so far, from 1.</param>
    /// <param name="chance">0-1: a fifth up or down, so that not everything comes back at once.</param>
    public TimeSpan Pause(int failures, double chance) => Shorter(First * Math.Pow(4, Math.Min(failures, 12) - 1), Longest) * (0.8 + (0.4 * chance));

    /// <param name="failures">Of the endpoint in a row, from 1.</param>
    public TimeSpan Rest(int failures) => Shorter(First * Math.Pow(2, Math.Min(failures, 20) - 1), LongestRest);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
