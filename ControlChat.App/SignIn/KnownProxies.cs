using System.Net;
using ControlChat.Core.Settings;

namespace ControlChat.App.SignIn;

/// <summary>Which peers are the operator's own proxies, and where a request that came through one really comes from.</summary>
internal sealed class KnownProxies(LoadedSettings settings)
{
    private readonly IPNetwork[] _networks = [.. settings.Options.SignIn.Proxy.KnownProxies.Select(Read)];

    public bool Knows(IPAddress? peer) => peer is not null && _networks.Any(n => n.Contains(Plain(peer)));

    /// <summary>The client's address as text. Only a known proxy's word for it counts, and of that the entry it added itself.</summary>
    public string AddressOf(HttpContext context)
    {
        var peer = context.Connection.RemoteIpAddress;
        if (Knows(peer) && context.Request.Headers["X-Forwarded-For"].ToString().Split(',')[^1].Trim() is { Length: > 0 } said && IPAddress.TryParse(said, out var client)) return Plain(client).ToString();
        return peer is null ? "unknown" : Plain(peer).ToString();
    }

    private static IPNetwork Read(string text) => IPAddress.TryParse(text, out var one) ? new IPNetwork(Plain(one), Plain(one).GetAddressBytes().Length * 8) : IPNetwork.Parse(text);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
