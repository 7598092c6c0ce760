using ControlChat.App.Start;

namespace ControlChat.App.Api;

/// <summary>Serves only under names the hub printed: a name that leads here by a trick of DNS gets nothing.</summary>
internal sealed class HostGuard(RequestDelegate next, OwnAddresses own)
{
    public Task InvokeAsync(HttpContext context) =>
        own.IsOwnHost(context.Request.Host.Value) || context.GetEndpoint()?.Metadata.GetMetadata<AnyHost>() is not null ? next(context) : throw WrongHost();

    public static ApiException WrongHost() => new(421, "wrong_host", "This hub does not answer under that host name. Open the address that it printed, or set Hub:PublicUrl.");
}

/// <summary>A route that machines reach under names nobody printed, and that guards itself.</summary>
internal sealed class AnyHost
{
    public static AnyHost Mark { get; } = new();
}
