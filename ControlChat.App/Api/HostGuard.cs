using ControlChat.App.Start;

namespace ControlChat.App.Api;

/// <summary>Serves only under names the hub printed: a name that leads here by a trick of DNS gets nothing.</summary>
internal sealed class HostGuard(RequestDelegate next, OwnAddresses own)
{
    public Task InvokeAsync(HttpContext context) =>
        own.IsOwnHost(context.Request.Host.Value)
            ? next(context)
            : throw new ApiException(421, "wrong_host", "This hub does not answer under that host name. Open the address that it printed, or set Hub:PublicUrl.");
}
