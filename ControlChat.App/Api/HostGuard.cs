using ControlChat.App.Start;

namespace ControlChat.App.Api;

/// <summary>Serves only under names the hub printed: a name that leads here by a trick of DNS gets nothing.</summary>
internal sealed class HostGuard(RequestDelegate next, OwnAddresses own, AgentListener agents)
{
    public Task InvokeAsync(HttpContext context)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        // Agents have their routes and no other, at their address and at no other.
        if (metadata?.GetMetadata<AgentRoute>() is not null) return agents.IsAgentsCall(context) ? next(context) : throw ApiException.NotFound();
        if (agents.IsOwn(context)) throw ApiException.NotFound();
        return own.IsOwnHost(context.Request.Host.Value) || metadata?.GetMetadata<AnyHost>() is not null ? next(context) : throw WrongHost();
    }

    public static ApiException WrongHost() => new(421, "wrong_host", "This hub does not answer under that host name. Open the address that it printed, or set Hub:PublicUrl.");
}

/// <summary>A route that machines reach under names nobody printed, and that guards itself.</summary>
internal sealed class AnyHost
{
    public static AnyHost Mark { get; } = new();
}
