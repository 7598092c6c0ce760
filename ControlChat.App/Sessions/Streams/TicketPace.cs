using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Streams;

/// <summary>How fast tickets may be asked for: each writes a row.</summary>
internal sealed class TicketPace(TimeProvider time)
{
    public const int PerMinute = 60;
    public const int AtOnce = 20;
    private readonly CallBuckets _asked = new(PerMinute, AtOnce, time);

    /// <exception cref="ApiException">429.</exception>
    public void Take(Principal principal)
    {
        if (_asked.Take(principal.Key) is { } seconds)
            throw new ApiException(429, "rate_limited", $"More than {PerMinute} tickets in a minute. Try again in {seconds} s.") { RetryAfter = seconds };
    }
}
