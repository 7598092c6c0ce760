using System.Net;
using System.Net.Sockets;
using ControlChat.Core.Settings;

namespace ControlChat.App.SignIn;

/// <summary>Which peers are the operator's own proxies, and where a request that came through one really comes from.</summary>
internal sealed class KnownProxies(LoadedSettings settings)
{
    private readonly IPNetwork[] _networks = [.. settings.Options.SignIn.Proxy.KnownProxies.Select(Read)];

    public bool Knows(IPAddress? peer) => peer is not null && _networks.Any(n => n.Contains(Plain(peer)));

    /// <summary>The client's address as text. Only a known proxy's word for it counts: the entry it added itself, and past a second known proxy that one's.</summary>
    public string AddressOf(HttpContext context) => ClientOf(context)?.ToString() ?? "unknown";

    /// <summary>What is counted as one client: an IPv4 address, or the /64 network that one IPv6 client has all to itself.</summary>
    public string NetworkOf(HttpContext context)
    {
        if (ClientOf(context) is not { } client) return "unknown";
        if (client.AddressFamily != AddressFamily.InterNetworkV6) return client.ToString();
        var bytes = client.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    private IPAddress? ClientOf(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } peer) return null;
        var client = Plain(peer);
        var hops = context.Request.Headers["X-Forwarded-For"].ToString().Split(',');
        for (var i = hops.Length - 1; i >= 0 && Knows(client) && IPAddress.TryParse(hops[i].Trim(), out var said); i--) client = Plain(said);
        return client;
    }

    private static IPNetwork Read(string text) => IPAddress.TryParse(text, out var one) ? new IPNetwork(Plain(one), Plain(one).GetAddressBytes().Length * 8) : IPNetwork.Parse(text);

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
