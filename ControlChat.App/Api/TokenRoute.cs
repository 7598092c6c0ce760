namespace ControlChat.App.Api;

/// <summary>A route that looks at a token of its own kind and at nothing else: no cookie, no account and no API token counts there.</summary>
internal sealed class TokenRoute
{
    public static TokenRoute Mark { get; } = new();
}
