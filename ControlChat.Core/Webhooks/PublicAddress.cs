using System.Net;
using System.Net.Sockets;

namespace ControlChat.Core.Webhooks;

/// <summary>Which addresses are of the open internet: what IANA's special-purpose registries (RFC 6890) call globally reachable, and nothing that leads elsewhere.</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private static readonly IPNetwork[] Special4 =
    [.. new[]
    {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    }.Select(IPNetwork.Parse)];

    // Teredo and 6to4 carry an IPv4 address to a relay that nobody here knows.
    private static readonly IPNetwork[] Special6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20" }.Select(IPNetwork.Parse)];

    /// <summary>An IPv4 address in IPv6 (mapped, or by the NAT64 of RFC 6052) counts as what it is in IPv4.</summary>
    public static bool Is(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork) return !Special4.Any(n => n.Contains(address));
        if (address.IsIPv4MappedToIPv6) return Is(address.MapToIPv4());
        if (address.ScopeId != 0) return false;
        if (Nat64.Contains(address)) return Is(new IPAddress(address.GetAddressBytes().AsSpan(12)));
        return Global6.Contains(address) && !Special6.Any(n => n.Contains(address));
    }
}
